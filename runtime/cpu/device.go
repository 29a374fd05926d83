// Package cpu runs plans on the processor, on all its cores.
//
// A Session binds a plan to memory once: every kernel becomes a function over slices of the arena, the variables and
// the workspace, and a step calls them one after the other. A convolution goes by one of several algorithms (packages
// winograd, blocked, and kernel for the direct one), most of which work on feature maps whose channels lie in blocks;
// what rides on it, and everything else that is pointwise, is a tape of vector instructions over blocks that stay in the
// first-level cache. Work is cut into tasks, and algorithms are chosen, by the shapes alone, so results are the same
// bits for any number of threads.
package cpu

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/memory"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// Device is the processor.
type Device struct {
	pool   *kernel.Pool
	rank   ranking
	exact  bool
	memory int64      // bytes that a session should take; 0: it is not said
	busy   sync.Mutex // held by the session that runs: the pool works for one at a time
}

// Option is a choice about a device.
type Option func(*Device)

// Exact makes every convolution form its own products, as it is written, by direct kernels: several times slower than
// Winograd's algorithm, and about a decimal digit closer to the result in exact arithmetic.
func Exact() Option { return func(d *Device) { d.rank, d.exact = exact, true } }

// Nth makes every convolution take the n-th of the algorithms that can compute it, counted from 0, or the last of them
// where there are fewer, instead of the fastest: for measurements that compare them all.
func Nth(n int) Option {
	return func(d *Device) {
		d.rank = func(c kernel.Convolution, direction kernel.Direction) []algorithm {
			list := algorithms(c, direction)
			return list[min(n, len(list)-1):][:1]
		}
	}
}

// Memory is how many bytes a session should take, its variables left out. It is no limit: where less will do, less is
// taken; more room lets transformed weights stay from run to run, and less makes layers with large transformed weights
// take a slower algorithm, which may change the last bits of results. Without it, algorithms are the fastest that fit into
// the machine's memory at all, and up to 512 MiB of weights are kept within half of it.
func Memory(bytes int64) Option { return func(d *Device) { d.memory = bytes } }

// room returns the bytes that the algorithms of a session should keep to.
func (d *Device) room() int64 {
	if d.memory > 0 {
		return d.memory
	}
	return limit()
}

// spareBytes is how much a session fills with what only saves time, where nobody says.
const spareBytes = 1 << 29

// spare returns the bytes that a session of a plan, which needs some already, may fill with what only saves time.
func (d *Device) spare(p *plan.Plan, needs int64) int64 {
	if d.memory > 0 {
		return d.memory - needs
	}
	for _, b := range p.Buffers {
		if b.Class == plan.Variable {
			needs += b.Bytes()
		}
	}
	return min(spareBytes, limit()/2-needs)
}

// New returns a device that works with the given number of threads, one for each core where it is 0.
func New(threads int, options ...Option) *Device {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	d := &Device{pool: kernel.NewPool(threads), rank: fastest}
	for _, o := range options {
		o(d)
	}
	return d
}

// Manner says what a user asked for that changes the bits of results on the same machine: "exact", or nothing.
func (d *Device) Manner() string {
	if d.exact {
		return "exact"
	}
	return ""
}

// Name returns "cpu".
func (d *Device) Name() string { return "cpu" }

// Threads returns the number of threads that the device works with.
func (d *Device) Threads() int { return d.pool.Threads() }

// Close ends the device's threads.
func (d *Device) Close() error {
	d.pool.Close()
	return nil
}

// Memory returns the bytes that a session of the plan takes: the arena, inputs and outputs, the workspace of the kernel
// that needs the most, and sums in the making. What a session keeps of weights from its second run on, while there is
// memory to spare, comes on top (Kept).
func (d *Device) Memory(p *plan.Plan) int64 {
	g, err := d.decide(p)
	if err != nil { // Open reports it
		return feature(p)
	}
	return g.bytes(p)
}

// Kept returns the bytes that a session of the plan fills from its second run on, to save time: transformed weights.
func (d *Device) Kept(p *plan.Plan) int64 {
	g, err := d.decide(p)
	if err != nil {
		return 0
	}
	return 4 * int64(g.kept)
}

// limit returns the bytes of memory that there are; a variable for the tests.
var limit = memory.Limit

// tooLarge says that something takes more memory than there is.
func tooLarge(what string, bytes int64) error {
	return fmt.Errorf("%s take %d MiB of memory and there are %d MiB: make the batch, the image or the network smaller",
		what, bytes>>20, limit()>>20)
}

// floats returns n zeros that begin on a cache line.
func floats(n int) []float32 {
	const line = plan.Alignment / 4
	b := make([]float32, n+line)
	skip := 0
	for uintptr(unsafe.Pointer(&b[skip]))%plan.Alignment != 0 {
		skip++
	}
	return b[skip : skip+n : skip+n]
}
