//go:build cuda

package main

import (
	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cuda"
)

// This file makes vnc the command vnc-cuda.

func init() {
	openers["cuda"] = func(precision string) (runtime.Device, error) {
		return cuda.New(cuda.Options{Precision: codegen.Precision(precision)})
	}
	findGPUs = func() (found gpus) {
		list, driver, err := cuda.List()
		found.Driver = driver
		if err != nil {
			found.Problem = err.Error()
		}
		for _, i := range list {
			g := gpu{Number: i.Number, Name: i.Name, Capability: i.Capability(), Memory: i.Memory, Processors: i.Processors}
			if _, _, err := i.Arch(); err != nil {
				g.Problem = err.Error()
			}
			found.GPUs = append(found.GPUs, g)
		}
		return found
	}
}
