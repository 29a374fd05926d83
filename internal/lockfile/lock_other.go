//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package lockfile

import "os"

// lock lets everybody in: two processes must keep apart by themselves.
func lock(*os.File) bool { return true }
