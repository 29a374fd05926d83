package bench

import (
	"time"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// Machine is what the processor can do at best, with the threads and the instructions that the model was run with.
type Machine struct {
	FLOPS float64 // multiply-adds of float32 in registers and the first-level cache, two FLOPs each, per second
	Bytes float64 // read and written per second by a copy that no cache holds
}

const (
	peakRounds = 10 // the best of these counts
	peakRound  = 20 * time.Millisecond
	copyRounds = 3
	copyFloats = 64 << 20 // 256 MiB
)

// measureMachine measures the machine with a number of threads.
func measureMachine(threads int) Machine {
	p := kernel.NewPool(threads)
	defer p.Close()
	return Machine{FLOPS: peak(p), Bytes: bandwidth(p)}
}

// peak returns the rate of the matrix product that all contractions are made of, on operands that stay in the
// first-level cache: a tile of 8 rows by 32 columns is held in registers while it goes through a depth of 128, so that
// little but multiply-adds is carried out.
func peak(p *kernel.Pool) float64 {
	const (
		rows, vectors, depth = 8, 2, 128
		columns              = vectors * kernel.Lanes
		calls                = 64 // between two looks at the clock
	)
	rates := make([]float64, p.Threads())
	operands := make([][3][]float32, p.Threads())
	for i := range operands {
		operands[i] = [3][]float32{make([]float32, rows*depth), make([]float32, depth*columns), make([]float32, rows*columns)}
	}
	best := 0.0
	for range peakRounds {
		p.Run(p.Threads(), func(_, task int) {
			a, b, c := operands[task][0], operands[task][1], operands[task][2]
			start, n := time.Now(), 0
			for time.Since(start) < peakRound {
				for range calls {
					kernel.Multiply(rows, vectors, depth, a, depth, kernel.Lanes, b, c, columns, kernel.Lanes, false)
				}
				n += calls
			}
			rates[task] = float64(n) * 2 * rows * columns * depth / time.Since(start).Seconds()
		})
		total := 0.0
		for _, r := range rates {
			total += r
		}
		best = max(best, total)
	}
	return best
}

// bandwidth returns the rate at which memory is copied: what is read and what is written count both.
func bandwidth(p *kernel.Pool) float64 {
	from, to := make([]float32, copyFloats), make([]float32, copyFloats)
	kernel.Fill(from, 1) // what was never written is one page of zeros, whatever its size
	share := copyFloats / p.Threads()
	best := 0.0
	for range copyRounds {
		start := time.Now()
		p.Run(p.Threads(), func(_, task int) {
			copy(to[task*share:(task+1)*share], from[task*share:(task+1)*share])
		})
		best = max(best, float64(2*4*share*p.Threads())/time.Since(start).Seconds())
	}
	return best
}
