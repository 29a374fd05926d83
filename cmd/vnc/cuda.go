//go:build cuda

package main

import (
	"fmt"
	"os"

	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cuda"
)

// This file makes vnc the command vnc-cuda.

// archVariable names kernels for another architecture than the newest that the GPU has: for comparisons.
const archVariable = "VN_CUDA_ARCH"

func init() {
	openers["cuda"] = func(precision string) (runtime.Device, error) {
		arch := os.Getenv(archVariable)
		d, err := cuda.New(cuda.Options{Precision: codegen.Precision(precision), Arch: codegen.Arch(arch)})
		if err != nil && arch != "" {
			return nil, fmt.Errorf("%w (%s is %s)", err, archVariable, arch)
		}
		return d, err
	}
	findGPUs = func() (found gpus) {
		list, driver, err := cuda.List()
		found.Driver = driver
		if err != nil {
			found.Problem = err.Error()
		}
		for _, i := range list {
			g := gpu{Number: i.Number, Name: i.Name, Capability: i.Capability(), Memory: i.Memory, Processors: i.Processors}
			switch _, arch, err := i.Arch(codegen.Arch(os.Getenv(archVariable))); {
			case err != nil:
				g.Problem = err.Error()
			case found.arch == "":
				found.arch = arch
			}
			found.GPUs = append(found.GPUs, g)
		}
		return found
	}
}
