//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package artifact

import (
	"os"
	"syscall"
)

// mapFile maps the first size bytes of a file. What is written to the memory stays in the process.
func mapFile(file *os.File, size int) ([]byte, error) {
	return syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE)
}

func unmapFile(memory []byte) error { return syscall.Munmap(memory) }
