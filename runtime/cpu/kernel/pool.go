package kernel

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"
)

// localFloats is the size of the memory that every worker owns, in float32 values: half a MiB, so that what a
// task keeps there stays in a second-level cache.
const localFloats = 1 << 17

// Pool is a fixed set of workers that share the tasks of one Run at a time. The caller of Run is worker 0; the
// others are goroutines that sleep between runs. A Pool is used by one goroutine at a time, and a task must not
// call Run on the Pool that runs it.
type Pool struct {
	wake  []chan struct{} // one per goroutine: worker i+1 waits on wake[i]
	local [][]float32     // localFloats values per worker, on a cache line's boundary

	tasks  int
	next   atomic.Int64 // the next task that no worker has taken
	f      func(worker, task int)
	done   sync.WaitGroup
	failed atomic.Pointer[failure]

	// The contraction that runs, and the task functions bound to it once, so that running allocates nothing.
	sweep                                       sweep
	packTask, packSecondTask, tileTask, dotTask func(worker, task int)
}

// failure is the value of the first panic among the tasks of a run.
type failure struct{ value any }

// NewPool starts a pool of the given number of workers, at least one. Close releases them.
func NewPool(threads int) *Pool {
	threads = max(threads, 1)
	p := &Pool{local: make([][]float32, threads)}
	for i := range p.local {
		p.local[i] = alignedFloats(localFloats)
	}
	p.packTask, p.packSecondTask, p.tileTask, p.dotTask = p.pack, p.packSecond, p.tiles, p.dots
	p.wake = make([]chan struct{}, threads-1)
	for i := range p.wake {
		p.wake[i] = make(chan struct{}, 1)
		go func() {
			debug.SetPanicOnFault(true) // of mapped operands whose file was cut: Run hands the panic on
			for range p.wake[i] {
				p.work(i + 1)
				p.done.Done()
			}
		}()
	}
	return p
}

// alignedFloats returns n zeros that begin on a cache line of 64 bytes.
func alignedFloats(n int) []float32 {
	const line = 16
	buffer := make([]float32, n+line)
	skip := 0
	for uintptr(unsafe.Pointer(&buffer[skip]))%64 != 0 && skip < line {
		skip++
	}
	return buffer[skip : skip+n : skip+n]
}

// Close ends the pool's goroutines. The pool must not be used afterwards.
func (p *Pool) Close() {
	for _, wake := range p.wake {
		close(wake)
	}
}

// Threads returns the number of workers.
func (p *Pool) Threads() int { return len(p.local) }

// Run calls f once for every task in [0, tasks), on all workers, and returns when the last call has. worker is
// the number of the worker that makes the call, in [0, Threads()): calls with the same worker never overlap.
// Which worker gets which task is not defined, so f's results must not depend on worker. A panic in a task stops
// the tasks that have not begun and is raised again in the caller with the same value.
func (p *Pool) Run(tasks int, f func(worker, task int)) {
	if tasks <= 0 {
		return
	}
	helpers := min(len(p.wake), tasks-1)
	if helpers == 0 {
		for task := range tasks {
			f(0, task)
		}
		return
	}
	p.tasks, p.f = tasks, f
	p.next.Store(0)
	p.done.Add(helpers)
	for _, wake := range p.wake[:helpers] {
		wake <- struct{}{}
	}
	p.work(0)
	p.done.Wait()
	p.f = nil
	if failed := p.failed.Swap(nil); failed != nil {
		panic(failed.value)
	}
}

// work takes tasks until none is left.
func (p *Pool) work(worker int) {
	defer func() {
		if value := recover(); value != nil {
			p.failed.CompareAndSwap(nil, &failure{value})
			p.next.Store(int64(p.tasks))
		}
	}()
	for {
		task := int(p.next.Add(1)) - 1
		if task >= p.tasks {
			return
		}
		p.f(worker, task)
	}
}
