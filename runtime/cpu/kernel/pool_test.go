package kernel

import (
	"sync/atomic"
	"testing"
)

func TestPoolRunsEveryTaskOnce(t *testing.T) {
	for _, threads := range []int{0, 1, 2, 7} {
		pool := NewPool(threads)
		if want := max(threads, 1); pool.Threads() != want {
			t.Errorf("a pool of %d has %d workers", threads, pool.Threads())
		}
		for _, tasks := range []int{0, 1, 2, 3, 100} {
			counts := make([]atomic.Int32, tasks)
			busy := make([]atomic.Int32, pool.Threads())
			pool.Run(tasks, func(worker, task int) {
				if busy[worker].Add(1) != 1 {
					t.Errorf("worker %d has two tasks at once", worker)
				}
				counts[task].Add(1)
				busy[worker].Add(-1)
			})
			for task := range counts {
				if n := counts[task].Load(); n != 1 {
					t.Errorf("%d threads ran task %d of %d %d times", threads, task, tasks, n)
				}
			}
		}
		pool.Close()
	}
}

func TestPoolRaisesPanics(t *testing.T) {
	for _, threads := range []int{1, 4} {
		pool := NewPool(threads)
		for _, bad := range []int{0, 5, 9} {
			func() {
				defer func() {
					if value := recover(); value != bad {
						t.Errorf("%d threads: the caller sees %v, want %d", threads, value, bad)
					}
				}()
				pool.Run(10, func(_, task int) {
					if task == bad {
						panic(task)
					}
				})
			}()
		}
		// The pool still works.
		var ran atomic.Int32
		pool.Run(20, func(_, _ int) { ran.Add(1) })
		if ran.Load() != 20 {
			t.Errorf("after a panic, %d of 20 tasks ran", ran.Load())
		}
		pool.Close()
	}
}
