package cpu

import (
	"math"
	"syscall"
)

// physical returns the bytes of memory that the machine has, swap included.
func physical() int64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return math.MaxInt64
	}
	return (int64(info.Totalram) + int64(info.Totalswap)) * int64(info.Unit)
}
