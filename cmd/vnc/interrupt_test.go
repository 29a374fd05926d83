//go:build unix

package main

import (
	"syscall"
	"testing"
	"time"
)

// Ctrl-C and SIGTERM are requests to stop, not the end of the process.
func TestInterruptible(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		ctx, stop := (&app{}).interruptible()
		if ctx.Err() != nil {
			t.Fatal("the context begins cancelled")
		}
		if err := syscall.Kill(syscall.Getpid(), signal); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
			t.Errorf("%v does not cancel the context", signal)
		}
		stop()
	}
}
