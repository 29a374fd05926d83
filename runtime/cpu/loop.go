package cpu

import (
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// loop runs a tape over the whole of its domain, and reduces what it computes.
//
// The work is cut into tasks by the shape alone, never by the number of threads. A reduction that takes the innermost
// loop away sums each task by itself, in float64, and the tasks' sums in order afterwards. One that keeps the innermost
// loop is written by the tasks themselves: then a task is a stretch of the innermost loop, and goes through the outer
// ones in order. Either way the bits do not depend on who ran which task.
type loop struct {
	tape     *tape
	reducers []*reducer
	columns  bool // a task is a stretch of the innermost loop
	tasks    int
	rows     int // of a task; 1 where a row is cut into pieces
	pieces   int // of a row
	length   int // of a piece
}

// The sizes of tasks, in elements: large enough that taking one costs nothing, small enough to share the work.
const (
	taskElements   = 1 << 15
	columnElements = 1 << 12
	maxPartials    = 1 << 20 // float64 values that the tasks of one reduction may hold together
	maxReduceTasks = 64
)

// newLoop makes a kernel without an anchor, or with its anchor's result in memory, ready to run.
func newLoop(s *Session, k *plan.Kernel, result []float32) (*loop, error) {
	t, reducers, err := newTape(s, k, 0, result)
	if err != nil {
		return nil, err
	}
	l := &loop{tape: t, reducers: reducers}
	l.cut()
	for _, r := range reducers {
		r.prepare(t.nest, l.tasks)
	}
	return l, nil
}

// cut divides the domain into tasks.
func (l *loop) cut() {
	n := l.tape.nest
	rows, inner := n.rows(), n.inner()
	target := taskElements
	for _, r := range l.reducers {
		if r.keepsInner() {
			l.columns = true
		} else {
			tasks := max(1, min(maxReduceTasks, maxPartials/r.results(n)))
			target = max(target, (rows*inner+tasks-1)/tasks)
		}
	}
	switch {
	case l.columns:
		l.length = min(inner, columnElements)
		l.pieces = (inner + l.length - 1) / l.length
		l.rows, l.tasks = rows, l.pieces
	case inner > target:
		l.pieces = (inner + target - 1) / target
		l.length = roundTo((inner+l.pieces-1)/l.pieces, n.width)
		l.pieces = (inner + l.length - 1) / l.length
		l.rows, l.tasks = 1, rows*l.pieces
	default:
		l.pieces, l.length = 1, inner
		l.rows = max(1, target/inner)
		l.tasks = (rows + l.rows - 1) / l.rows
	}
}

// bind returns a function that runs the kernel in a session.
func (l *loop) bind(s *Session) func() {
	task := func(id, task int) { l.task(s, l.tape, s.worker(id, l.tape), task) }
	return func() {
		s.pool.Run(l.tasks, task)
		for _, r := range l.reducers {
			r.finish()
		}
	}
}

// task runs one task on a worker's memory.
func (l *loop) task(s *Session, t *tape, w *worker, task int) {
	first := task * l.rows
	from := 0
	if l.columns {
		first, from = 0, task*l.length
	} else if l.pieces > 1 {
		first, from = task/l.pieces, task%l.pieces*l.length
	}
	rows, inner := t.nest.rows(), t.nest.inner()
	for _, r := range l.reducers {
		r.begin(task)
	}
	for row := first; row < min(first+l.rows, rows); row++ {
		t.nest.index(row, w.index)
		t.enter(w)
		end := min(from+l.length, inner)
		for at := from; at < end; at += block {
			n := min(block, end-at)
			t.run(w, s, at, n, nil)
			for _, r := range l.reducers {
				r.take(task, w.index, at, w.registers[r.register])
			}
		}
	}
}

// sink returns what runs the tape on an anchor's result run by run, a block at a time, and reduces what it computes.
func (t *tape) sink(s *Session, reducers []*reducer) kernel.Sink {
	return func(id, task, n, channel, start int, values []float32) {
		w := s.worker(id, t)
		w.index[0], w.index[1] = n, channel
		t.enter(w)
		start *= t.nest.width
		for at := 0; at < len(values); at += block {
			m := min(block, len(values)-at)
			t.run(w, s, start+at, m, values[at:at+m])
			for _, r := range reducers {
				r.take(task, w.index, start+at, w.registers[r.register])
			}
		}
	}
}
