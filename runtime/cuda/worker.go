//go:build cuda

package cuda

import (
	"errors"
	"runtime"
	"sync"
)

// worker is a goroutine that stays on one thread of the system. The driver keeps the current context by thread, so all
// its calls are made here.
type worker struct {
	mu     sync.Mutex // held by the caller whose call is being made
	calls  chan func() error
	result chan error
	closed bool
}

// errClosed is the error of a call after the device was closed.
var errClosed = errors.New("the device is closed")

// newWorker starts the goroutine.
func newWorker() *worker {
	w := &worker{calls: make(chan func() error), result: make(chan error)}
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		for f := range w.calls {
			w.result <- f()
		}
	}()
	return w
}

// do makes calls on the worker's thread and waits for them. It must not be used from within such calls.
func (w *worker) do(f func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	w.calls <- f
	return <-w.result
}

// end makes the last calls and ends the goroutine. Only the first end does anything.
func (w *worker) end(f func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.calls <- f
	err := <-w.result
	w.closed = true
	close(w.calls)
	return err
}
