// Command table writes, kernel by kernel, what a model costs on a GPU: how each kernel is launched, what it computes and
// moves, the least time that this takes, what the compiler made of it, and what is expected to limit it. It needs no GPU:
//
//	scripts/build-cuda.sh && PATH=$PWD:$PATH go run ./bench/gpu/table -o docs/gpu-kernels.md
//
// Registers, shared memory and occupancy are left out where there is neither vnc-nvrtc nor nvcc. The times that
// `vnc bench --device cuda --json` measured, for the same model, architecture and precision, go beside the floors with
// -profile.
//
// With -lint the kernels are compiled anew, and what speaks against them ends the command with the exit code 1: a warning
// of the compiler, a kernel whose threads need memory beside their registers, and one of the tensor cores whose code has
// no instruction of theirs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/workbench"
)

// options are the command line.
type options struct {
	model, archs, precision, modes string
	set                            settings
	batch                          int
	lint                           bool
	profile, out                   string
}

// settings is a flag that may be given several times.
type settings map[string]string

func (s settings) String() string { return "" }

func (s settings) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("write -set NAME=VALUE")
	}
	s[name] = value
	return nil
}

func main() {
	o := options{set: settings{}}
	flag.StringVar(&o.model, "model", "models/vnet.vn", "the model")
	flag.StringVar(&o.archs, "arch", "sm_90a,sm_80", "the architectures")
	flag.StringVar(&o.precision, "precision", "bf16", "fp32, tf32, bf16 or fp16")
	flag.StringVar(&o.modes, "mode", "inference,training", "the plans")
	flag.IntVar(&o.batch, "batch", 0, "samples in a training step, instead of the recipe's")
	flag.Var(o.set, "set", "a parameter of the model, such as width=8 or image=1,64,64,32, once for each")
	flag.BoolVar(&o.lint, "lint", false, "report what is wrong with the compiled kernels, and no table")
	flag.StringVar(&o.profile, "profile", "", "the JSON of vnc bench --device cuda, for the measured times")
	flag.StringVar(&o.out, "o", "", "the file for the tables; the standard output where none is named")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintf(os.Stderr, "table: %v\n", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if flag.NArg() > 0 {
		return errors.New("there are no arguments beside the flags")
	}
	m, err := workbench.Load(o.model, workbench.Options{
		Set: o.set, Batch: o.batch, Training: true, ScaleLoss: o.precision == string(cuda.FP16),
	})
	if err != nil {
		return err
	}
	defer m.Close()
	programs, err := programs(m, o)
	if err != nil {
		return err
	}
	if o.lint {
		return lint(programs)
	}
	if missing := programs[0].missing; missing != nil {
		fmt.Fprintf(os.Stderr, "table: registers and occupancy are left out: %v\n", missing)
	}
	if o.profile != "" {
		if err := readProfile(o.profile, programs); err != nil {
			return err
		}
	}
	var text strings.Builder
	write(&text, o, m.Name, programs)
	if o.out == "" {
		_, err = fmt.Print(text.String())
		return err
	}
	return os.WriteFile(o.out, []byte(text.String()), 0o666)
}

// program is a plan as kernels for an architecture.
type program struct {
	plan      *plan.Plan
	arch      cuda.Arch
	precision cuda.Precision
	module    *cuda.Module
	groups    []*group

	compiler  string                // that made the rest; empty where there is none
	missing   error                 // why there is none
	resources map[string]*resources // by entry
	log       string                // of the compiler; empty too where the machine code was in the cache
	total     float64               // seconds that were measured of a run; 0 where none was
}

// programs emits and compiles the plans of a model.
func programs(m *workbench.Model, o options) ([]*program, error) {
	if o.lint {
		done, err := withoutCache()
		if err != nil {
			return nil, err
		}
		defer done()
	}
	plans := map[string]*plan.Plan{"inference": m.Inference, "training": m.Training}
	var list []*program
	for _, arch := range strings.Split(o.archs, ",") {
		if _, ok := gpus[cuda.Arch(arch)]; !ok {
			return nil, fmt.Errorf("there is no architecture %q: choose sm_80, sm_90a or both", arch)
		}
		for _, mode := range strings.Split(o.modes, ",") {
			p := plans[mode]
			if p == nil {
				return nil, fmt.Errorf("%s has no plan for %q: choose inference, training or both, training where it has a recipe", m.Name, mode)
			}
			one := &program{plan: p, arch: cuda.Arch(arch), precision: cuda.Precision(o.precision)}
			var err error
			if one.module, err = cuda.Emit(p, cuda.Options{Arch: one.arch, Precision: one.precision}); err != nil {
				return nil, err
			}
			one.groups = groups(p, one.module.Launches)
			if err := one.compile(); err != nil {
				return nil, err
			}
			list = append(list, one)
		}
	}
	return list, nil
}

// compile asks the compiler what the kernels take. It is no error that there is none.
func (p *program) compile() error {
	var log strings.Builder
	cubins, compiler, err := build.CompileParts(p.module.Text, p.arch, &log)
	p.log, p.resources = strings.TrimSpace(log.String()), map[string]*resources{}
	for i := 0; err == nil && i < len(cubins); i++ {
		var part map[string]*resources
		part, err = readCubin(cubins[i], p.arch)
		maps.Copy(p.resources, part)
	}
	switch {
	case err == nil:
		p.compiler = compiler
	case errors.Is(err, build.ErrNoCompiler), errors.Is(err, errNoReport):
		p.missing = err
	default:
		return err
	}
	return nil
}

// gpu returns what the program is for.
func (p *program) gpu() gpu { return gpus[p.arch] }
