package main

import (
	"encoding/json"
	"fmt"
	goruntime "runtime"
	"strings"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// devicesCommand lists what models can run on.
type devicesCommand struct {
	JSON bool `name:"json" help:"Print the list as JSON; docs/json.md explains the keys."`
}

// Help is what --help says beside the flags.
func (*devicesCommand) Help() string {
	return `The CPU is always there. A GPU of NVIDIA, since Ampere (compute capability 8.0), needs its driver, the command vnc-cuda,
and a compiler, which is NVRTC through the command vnc-nvrtc, or nvcc; what is missing is said, and how to get it.

Examples:

    vnc devices
    vnc train models/vnet.vn --data PROMISE12 -o run --device cuda`
}

// devices is what there is. Its JSON form is the output of vnc devices --json.
type devices struct {
	CPU  cpuInfo `json:"cpu"`
	CUDA gpus    `json:"cuda"`
}

type cpuInfo struct {
	Threads      int    `json:"threads"`
	Instructions string `json:"instructions"`
}

// gpus are the GPUs that --device cuda can choose from, and what is missing.
type gpus struct {
	GPUs            []gpu  `json:"gpus"`
	Driver          string `json:"driver,omitempty"` // the version of CUDA that it goes up to
	Compiler        string `json:"compiler,omitempty"`
	Problem         string `json:"problem,omitempty"`          // why there is no GPU
	CompilerProblem string `json:"compiler_problem,omitempty"` // why kernels cannot be compiled

	arch cuda.Arch // what they are compiled for; empty where there is no GPU
}

type gpu struct {
	Number     int    `json:"number"`
	Name       string `json:"name"`
	Capability string `json:"compute_capability"`
	Memory     int64  `json:"memory"` // bytes
	Processors int    `json:"processors"`
	Problem    string `json:"problem,omitempty"` // why it cannot be used
}

// Run looks for devices and prints them.
func (c *devicesCommand) Run(a *app) error {
	d := devices{CPU: cpuInfo{a.threads, kernel.Active()}, CUDA: findGPUs()}
	if d.CPU.Threads == 0 {
		d.CPU.Threads = goruntime.GOMAXPROCS(0)
	}
	if d.CUDA.Compiler == "" && d.CUDA.CompilerProblem == "" {
		d.CUDA.askCompiler()
	}
	if d.CUDA.GPUs == nil {
		d.CUDA.GPUs = []gpu{} // a list in JSON, too
	}
	if c.JSON {
		return writeJSON(a.out, d)
	}
	t := &table{}
	t.row("cpu", fmt.Sprintf("%d threads, %s", d.CPU.Threads, d.CPU.Instructions))
	for _, g := range d.CUDA.GPUs {
		t.row(fmt.Sprintf("cuda %d", g.Number), fmt.Sprintf("%s, compute capability %s, %d multiprocessors, %s", g.Name, g.Capability, g.Processors, units.Bytes(g.Memory)))
		if g.Problem != "" {
			t.row("", "cannot be used: "+g.Problem)
		}
	}
	if d.CUDA.Driver != "" {
		t.row("driver", "up to CUDA "+d.CUDA.Driver)
	}
	if d.CUDA.Compiler != "" {
		t.row("compiler", d.CUDA.Compiler)
	}
	if err := t.print(a.out); err != nil {
		return err
	}
	if d.CUDA.Problem != "" {
		fmt.Fprintf(a.out, "\nno GPU: %s\n", d.CUDA.Problem)
	}
	if d.CUDA.CompilerProblem != "" {
		fmt.Fprintf(a.out, "\nno compiler for GPUs: %s\n", d.CUDA.CompilerProblem)
	}
	return nil
}

// askCompiler finds the compiler of kernels: for the driver and the first GPU that can be used, where there are any.
func (g *gpus) askCompiler() {
	if g.Driver != "" {
		build.SetDriver(g.Driver)
	}
	var err error
	if g.Compiler, err = build.Compiler(g.arch); err != nil {
		g.CompilerProblem = err.Error()
		if !strings.Contains(g.Problem, howToBuild) {
			g.CompilerProblem += "\n" + howToBuild
		}
	}
}

// findGPUs looks for GPUs: through the helper, where this command cannot itself.
var findGPUs = func() gpus {
	file, err := helper()
	if err != nil {
		return gpus{Problem: err.Error()}
	}
	out, err := askHelper(file, "devices")
	if err != nil {
		return gpus{Problem: err.Error()}
	}
	var all devices
	if err := json.Unmarshal(out, &all); err != nil {
		return gpus{Problem: fmt.Sprintf("%s devices --json: %v", file, err)}
	}
	return all.CUDA
}
