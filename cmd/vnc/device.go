package main

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/runtime/cpu"
)

// device returns the device that everything is computed on.
func (a *app) device() *cpu.Device { return cpu.New(a.threads, a.options...) }

// deviceOptions returns what the flags say about the device.
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
func (a *app) noteMemory(d *cpu.Device, plans ...*plan.Plan) {
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
