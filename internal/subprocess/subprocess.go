// Package subprocess runs commands that other people made, and that may hang or write without end: they end in time, what
// they write is bounded, and on Linux they end with this process. What they start themselves is theirs: it may go on, but
// is not waited for.
package subprocess

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/vnlang/vn/internal/units"
)

// Limits bound a command.
type Limits struct {
	Time  time.Duration
	Bytes int64 // of each of its two outputs
}

// grace is how long outputs may stay open, in the hands of the command's own children, after it has ended.
const grace = time.Second

// Run runs a command, whose outputs it takes. What they are comes back with an error too. The error is that of the
// command, or says which limit it broke.
func Run(c *exec.Cmd, most Limits) (out, said []byte, err error) {
	stop := make(chan error, 1)
	end := func(reason error) {
		select {
		case stop <- reason:
		default:
		}
		if c.Process != nil {
			c.Process.Kill()
		}
	}
	tooMuch := func() { end(fmt.Errorf("it wrote more than %s", units.Bytes(most.Bytes))) }
	a, b := &bounded{left: most.Bytes, over: tooMuch}, &bounded{left: most.Bytes, over: tooMuch}
	c.Stdout, c.Stderr, c.WaitDelay = a, b, grace
	endWithParent(c)
	runtime.LockOSThread() // the child ends with the thread that started it
	defer runtime.UnlockOSThread()
	if err := c.Start(); err != nil {
		return nil, nil, err
	}
	timer := time.AfterFunc(most.Time, func() { end(fmt.Errorf("it took longer than %s", most.Time)) })
	err = c.Wait()
	timer.Stop()
	if errors.Is(err, exec.ErrWaitDelay) { // it ended well, and left a child that keeps an output open
		err = nil
	}
	select {
	case err = <-stop:
	default:
	}
	return a.bytes(), b.bytes(), err
}

// Exited reports whether the error of Run is that the command ended by itself, with an exit code: then what it wrote says
// why, and else the error does.
func Exited(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	return ok && exit.Exited()
}

// bounded keeps what is written to it, up to a bound.
type bounded struct {
	mu   sync.Mutex
	kept bytes.Buffer
	left int64
	over func()
}

func (w *bounded) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if int64(len(p)) > w.left {
		w.over()
		w.left = 0
		return 0, errors.New("too much output")
	}
	w.left -= int64(len(p))
	return w.kept.Write(p)
}

func (w *bounded) bytes() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept.Bytes()
}
