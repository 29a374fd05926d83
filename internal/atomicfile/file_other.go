//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import "os"

// lock does nothing: two processes that write the same file at once must keep apart by themselves.
func lock(*os.File) {}

// rename gives the file its final name; an open file cannot be renamed here.
func rename(file *os.File, from, to string) error {
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}
