package memory

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Peak returns the most bytes of memory that the process has held at one time, its resident set (VmHWM in
// /proc/self/status, proc(5)); 0 where the system does not say.
func Peak() int64 { return peak(os.DirFS("/")) }

func peak(root fs.FS) int64 {
	for line := range lines(root, "proc/self/status") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "VmHWM:" {
			continue
		}
		if kibibytes, err := strconv.ParseInt(fields[1], 10, 53); err == nil {
			return kibibytes << 10
		}
	}
	return 0
}
