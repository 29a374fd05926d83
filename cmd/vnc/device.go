package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
)

// openers make the devices beside the CPU, by name. What is built with the tag cuda has one of cuda (cuda.go); else such
// a device is another command's (helper.go).
var openers = map[string]func(precision string) (runtime.Device, error){}

// computeFlags are the flags of the commands that run a model, on any device.
type computeFlags struct {
	Precision precision `help:"What a GPU stores feature maps in and multiplies: fp32, tf32, bf16 or fp16; bf16 where nothing is said." placeholder:"PRECISION"`
}

// precision is the value of a flag: one of package cuda's, or empty where nothing is said.
type precision string

// UnmarshalText reads the flag.
func (p *precision) UnmarshalText(text []byte) error {
	chosen, err := cuda.ParsePrecision(string(text))
	*p = precision(chosen)
	return err
}

// computes marks those commands.
func (*computeFlags) computes() {}

// scalesLoss reports whether training needs a scaled loss: in float16.
func (f computeFlags) scalesLoss() bool { return f.Precision == precision(cuda.FP16) }

// open returns the device that --device names, and says which GPU that is. The kernels of an artifact, where it has some
// for the device, need no compiler.
func (a *app) open(f computeFlags, kernels map[string][]byte) (runtime.Device, error) {
	if a.name != "cpu" {
		provide(kernels)
		device, err := openers[a.name](string(f.Precision))
		if d, ok := device.(interface{ Description() string }); ok && err == nil {
			a.note("note: the device is %s", d.Description())
		}
		return device, err
	}
	if f.Precision != "" {
		return nil, &usageError{"--precision is of a GPU: say --device cuda too; the CPU computes in float32"}
	}
	return a.device(), nil
}

// provide makes the cubins of an artifact, which lie beside their texts, known to the compiler. A text's name is such as
// inference.bf16.sm_80.cu, those of its parts end in .1.cubin, .2.cubin and so on.
func provide(kernels map[string][]byte) {
	for name, text := range kernels {
		stem, isText := strings.CutSuffix(name, ".cu")
		if !isText {
			continue
		}
		var cubins [][]byte
		for {
			cubin, ok := kernels[fmt.Sprintf("%s.%d.cubin", stem, len(cubins)+1)]
			if !ok {
				break
			}
			cubins = append(cubins, cubin)
		}
		build.ProvideParts(string(text), cuda.Arch(stem[strings.LastIndexByte(stem, '.')+1:]), cubins)
	}
}

// device returns the CPU.
func (a *app) device() *cpu.Device { return cpu.New(a.threads, a.options...) }

// checkDevice reports flags that do not go with --device.
func (c *cli) checkDevice(command *kong.Context) error {
	if c.Device == "cpu" {
		return nil
	}
	if _, ok := command.Selected().Target.Addr().Interface().(interface{ computes() }); !ok {
		return &usageError{fmt.Sprintf("--device is for the commands that run a model, and %s does not", command.Selected().Name)}
	}
	if c.Bench.Layers {
		return &usageError{"--layers compares the algorithms of the CPU: leave it out, or --device " + c.Device}
	}
	if c.Exact || c.Memory != nil {
		return &usageError{"--exact and --memory are of the CPU: leave them out, or --device " + c.Device}
	}
	return nil
}

// deviceOptions returns what the flags say about the CPU.
func (c *cli) deviceOptions() (options []cpu.Option, memory int64, err error) {
	if c.Exact {
		options = append(options, cpu.Exact())
	}
	if c.Memory != nil {
		if memory, err = units.ParseBytes(*c.Memory); err != nil {
			return nil, 0, &usageError{fmt.Sprintf("--memory is %q: %v", *c.Memory, err)}
		}
		options = append(options, cpu.Memory(memory))
	}
	return options, memory, nil
}

// noteMemory says so where a plan cannot do with what --memory allows.
func (a *app) noteMemory(d runtime.Device, plans ...*plan.Plan) {
	for _, p := range plans {
		if p == nil || a.memory == 0 {
			continue
		}
		if need := d.Memory(p); need > a.memory {
			a.note("note: --memory %s is too little for the %s plan of %s, which takes at least %s beside its weights",
				units.Bytes(a.memory), p.Mode, p.Name, units.Bytes(need))
		}
	}
}
