package main

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/codegen/cuda"
)

// gpu is what a table supposes of the GPU that runs the kernels.
type gpu struct {
	name       string
	processors int     // multiprocessors
	bandwidth  float64 // of the memory, bytes/s

	// FLOP/s in bf16 and fp16, which tf32 halves: by mma.sync and by wgmma, 0 where there is none; and of float32 without
	// tensor cores.
	mma, wgmma, plain float64

	shared int // bytes of shared memory of a multiprocessor
}

// gpus are those that the architectures are for. The rates are what large products reach, not the data sheet's: an H200
// cannot hold its clock at full load, and mma.sync feeds its tensor cores through registers.
var gpus = map[cuda.Arch]gpu{
	cuda.SM80:  {name: "A100", processors: 108, bandwidth: 2.0e12, mma: 312e12, plain: 19.5e12, shared: 164 << 10},
	cuda.SM90a: {name: "H200", processors: 132, bandwidth: 4.3e12, mma: 620e12, wgmma: 790e12, plain: 60e12, shared: 228 << 10},
}

// What a multiprocessor holds at most, on both (CUDA programming guide, "Compute Capabilities").
const (
	processorThreads   = 2048
	processorRegisters = 1 << 16
	processorBlocks    = 32
	warpThreads        = 32
)

// unit is what computes a launch.
type unit string

const (
	byWGMMA unit = "wgmma"
	byMMA   unit = "mma.sync"
	byALU   unit = "float32"
)

// unitOf returns what computes a launch, by its note.
func unitOf(l *cuda.Launch) unit {
	switch word, _, _ := strings.Cut(l.Note, " "); word {
	case "wgmma":
		return byWGMMA
	case "mma":
		return byMMA
	}
	return byALU
}

// rate returns the FLOP/s of a unit in a precision.
func (g gpu) rate(u unit, p cuda.Precision) float64 {
	rate := g.plain
	switch u {
	case byWGMMA:
		rate = g.wgmma
	case byMMA:
		rate = g.mma
	}
	if u != byALU && p == cuda.TF32 {
		rate /= 2
	}
	return rate
}

// best returns the most FLOP/s in a precision.
func (g gpu) best(p cuda.Precision) float64 {
	if p == cuda.FP32 {
		return g.plain
	}
	return max(g.rate(byMMA, p), g.rate(byWGMMA, p))
}

// floor returns the seconds that a launch takes at least, and whether computing takes them, or else memory.
func (g gpu) floor(l *cuda.Launch, p cuda.Precision) (seconds float64, computes bool) {
	compute, memory := float64(l.FLOPs)/g.rate(unitOf(l), p), float64(l.Bytes)/g.bandwidth
	return max(compute, memory), compute > memory
}

// resident returns how many blocks of a launch a multiprocessor holds at once.
func (g gpu) resident(l *cuda.Launch, r *resources) int {
	warps := up(l.Block, warpThreads) / warpThreads
	n := min(processorBlocks, processorThreads/(warps*warpThreads))
	if r.registers > 0 {
		n = min(n, processorRegisters/(warps*up(up(r.registers, 8)*warpThreads, 256)))
	}
	return min(n, g.shared/up(l.Shared+r.shared+reserved, 128))
}

// up rounds up to a multiple.
func up(n, to int) int { return (n + to - 1) / to * to }

// blocks returns the number of blocks of a launch.
func blocks(l *cuda.Launch) int { return l.Grid[0] * l.Grid[1] * l.Grid[2] }

// launching is how long a launch within a graph takes though it does nothing.
const launching = 2e-6

// limit says what is expected to keep a launch from being faster.
func (g gpu) limit(l *cuda.Launch, r *resources, p cuda.Precision) string {
	floor, computes := g.floor(l, p)
	if floor < launching {
		return "launch"
	}
	what := "memory"
	if computes {
		what = string(unitOf(l))
	}
	n := blocks(l)
	if n < g.processors {
		return fmt.Sprintf("%s; on %d of %d multiprocessors", what, n, g.processors)
	}
	if r == nil {
		return what
	}
	atOnce := g.processors * max(1, g.resident(l, r))
	waves := (n + atOnce - 1) / atOnce
	if full := float64(n) / float64(waves*atOnce); full < 0.9 {
		what += fmt.Sprintf("; waves: %d, %.0f %% full", waves, 100*full)
	}
	return what
}
