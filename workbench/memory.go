package workbench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// fallbackMemory is what is taken for the memory of a machine that does not say how much it has.
const fallbackMemory = 1 << 40

// checkMemory reports a plan that needs more memory than the machine has, before anything is allocated.
func checkMemory(what string, need int64) error {
	if have := machineMemory(); need > have {
		return fmt.Errorf("%s takes %s of memory, and there are %s: choose a smaller image (--set image=...), fewer channels or a smaller batch; vnc inspect says what a model takes",
			what, gibibytes(need), gibibytes(have))
	}
	return nil
}

// machineMemory returns the bytes of memory that the process can have: what the machine has, or what its control group
// allows where that is less (Linux; proc(5), and the kernel's cgroup-v2).
func machineMemory() int64 {
	most := int64(fallbackMemory)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range bytes.Lines(text) {
			fields := strings.Fields(string(line))
			if len(fields) < 2 || fields[0] != "MemTotal:" {
				continue
			}
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				most = n << 10
			}
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			most = min(most, n)
		}
	}
	return most
}

func gibibytes(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }
