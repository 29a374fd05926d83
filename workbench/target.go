package workbench

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
	"github.com/vnlang/vn/compiler/plan"
)

// Target is a device that kernels are emitted for beside the plans.
type Target struct {
	Precision cuda.Precision
	Archs     []cuda.Arch // that machine code is for; what is written is for SM80, but for SM90a
}

// written returns the architecture of package cuda whose kernels run on another.
func written(arch cuda.Arch) cuda.Arch {
	if arch == cuda.SM90a {
		return arch
	}
	return cuda.SM80
}

// known matches the architectures that machine code can be for: what is for SM80 runs on all of compute capability 8, SM90a
// is Hopper with what it has alone, sm_90 is Hopper without, and of later ones each has its own.
var known = regexp.MustCompile(`^sm_(80|90|90a|1[0-9][0-9])$`)

// ParseTarget returns the target that a text such as "cuda" or "cuda:sm_80,sm_90a" names. Without architectures, the
// kernels are for every GPU that there are kernels for.
func ParseTarget(text, precision string) (Target, error) {
	device, list, given := strings.Cut(text, ":")
	if device != "cuda" {
		return Target{}, fmt.Errorf("there is no target %q: choose cuda, or cuda:sm_80,sm_90a", text)
	}
	chosen, err := cuda.ParsePrecision(precision)
	if err != nil {
		return Target{}, err
	}
	t := Target{Precision: chosen, Archs: []cuda.Arch{cuda.SM80, cuda.SM90a}}
	if !given {
		return t, nil
	}
	t.Archs = nil
	for _, name := range strings.Split(list, ",") {
		arch := cuda.Arch(name)
		if !known.MatchString(name) {
			hint := ""
			switch {
			case name == "" && list != "":
				hint = "; a comma stands between two"
			case strings.HasPrefix(name, "sm_8"):
				hint = fmt.Sprintf("; those for %s run on %s too", cuda.SM80, name)
			}
			return Target{}, fmt.Errorf("there are no kernels for %q: choose from %s (compute capability 8), %s (Hopper), and later ones such as sm_120, which run what is written for %s%s",
				name, cuda.SM80, cuda.SM90a, cuda.SM80, hint)
		}
		if !slices.Contains(t.Archs, arch) {
			t.Archs = append(t.Archs, arch)
		}
	}
	return t, nil
}

// BuildKernels emits the model's plans for a target and compiles what it emitted, into Kernels: the text as
// "inference.bf16.sm_80.cu", what was compiled of its parts as "inference.bf16.sm_80.1.cubin" and so on. Where there is no
// compiler the text alone is there, to be compiled where it runs, and the error wraps build.ErrNoCompiler. What the
// compiler says goes to log.
func (m *Model) BuildKernels(t Target, log io.Writer) error {
	m.Kernels = map[string][]byte{}
	var none error
	for name, p := range m.namedPlans() {
		for _, arch := range t.Archs {
			module, err := cuda.Emit(m.located(p), cuda.Options{Precision: t.Precision, Arch: written(arch)})
			if err != nil {
				return err
			}
			stem := fmt.Sprintf("%s.%s.%s", name, t.Precision, arch)
			m.Kernels[stem+".cu"] = []byte(module.Text)
			cubins, _, err := build.CompileParts(module.Text, arch, log)
			switch {
			case errors.Is(err, build.ErrNoCompiler):
				none = err
			case err != nil:
				return err
			default:
				for i, cubin := range cubins {
					m.Kernels[fmt.Sprintf("%s.%d.cubin", stem, i+1)] = cubin
				}
			}
		}
	}
	return none
}

// PrintCUDA writes a plan as CUDA C++ for the first architecture of a target.
func (m *Model) PrintCUDA(w io.Writer, p *plan.Plan, t Target) error {
	module, err := cuda.Emit(m.located(p), cuda.Options{Precision: t.Precision, Arch: written(t.Archs[0])})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, module.Text)
	return err
}

// namedPlans returns the plans that the model has, by name.
func (m *Model) namedPlans() map[string]*plan.Plan {
	all := map[string]*plan.Plan{}
	for name, p := range map[string]*plan.Plan{inferencePlan: m.Inference, trainingPlan: m.Training} {
		if p != nil {
			all[name] = p
		}
	}
	return all
}
