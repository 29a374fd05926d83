// Package memory knows how much memory the process can have. A plan that needs more is refused before anything is
// allocated, instead of being killed by the system half way.
//
// Linux says it in files: what the machine has is in /proc/meminfo (proc(5)), and what a control group may take in
// memory.max (cgroups(7) version 2) or memory.limit_in_bytes (version 1) of the process's group and of those above it,
// which containers and batch systems set. On other systems it is not known.
package memory

import (
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Unknown is the limit of a machine that does not say how much memory it has; no need is above it.
const Unknown = math.MaxInt64

// Limit returns the bytes of memory that the process can have: those of the machine, swap included, or those that its
// control groups allow where that is less. It is found out once.
var Limit = sync.OnceValue(func() int64 { return limit(os.DirFS("/")) })

func limit(root fs.FS) int64 {
	return min(machine(root), groups(root))
}

// machine returns the machine's memory and swap.
func machine(root fs.FS) int64 {
	total := int64(0)
	for line := range lines(root, "proc/meminfo") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "MemTotal:" && fields[0] != "SwapTotal:" {
			continue
		}
		if kibibytes, err := strconv.ParseInt(fields[1], 10, 53); err == nil {
			total += kibibytes << 10
		}
	}
	if total <= 0 {
		return Unknown
	}
	return total
}

// groups returns the least that a control group of the process allows.
func groups(root fs.FS) int64 {
	least := int64(Unknown)
	for line := range lines(root, "proc/self/cgroup") {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(fields) < 3 {
			continue
		}
		switch {
		case fields[1] == "":
			least = min(least, group(root, "sys/fs/cgroup", fields[2], "memory.max"))
		case slices.Contains(strings.Split(fields[1], ","), "memory"):
			least = min(least, group(root, "sys/fs/cgroup/memory", fields[2], "memory.limit_in_bytes"))
		}
	}
	return least
}

// group returns the least that a group or one above it allows. Inside a container the upper ones, or all but the
// topmost, may not be seen.
func group(root fs.FS, mount, name, file string) int64 {
	least := int64(Unknown)
	for name = path.Clean("/" + name); ; name = path.Dir(name) {
		for line := range lines(root, path.Join(mount, name, file)) {
			if bytes, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64); err == nil { // else it is "max"
				least = min(least, bytes)
			}
		}
		if name == "/" {
			return least
		}
	}
}

// lines gives the lines of a file; none where it cannot be read.
func lines(root fs.FS, name string) func(yield func(string) bool) {
	text, _ := fs.ReadFile(root, name)
	return strings.Lines(string(text))
}
