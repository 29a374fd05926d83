package cuda

import (
	"fmt"
	"strconv"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// program writes the pointwise program of a kernel for a group of lanes: neighbours along one axis of the domain, which
// a thread computes together, so that it loads and stores whole vectors where they lie side by side.
type program struct {
	*body
	kernel *plan.Kernel
	index  []string // of the first lane, an expression for each axis of the domain
	axis   int      // of the lanes; -1 where there is one
	lanes  int
	anchor string // the register with the anchor's results, by lane
}

// ref returns a register of the current lane l.
func (p *program) ref(r int) string {
	if p.lanes > 1 {
		return fmt.Sprintf("r%d[l]", r)
	}
	return fmt.Sprintf("r%d", r)
}

// lane returns the place of the current lane, given that of the first one and how far apart they are.
func (p *program) lane(first string, step int) string {
	if p.wide && step > 1 {
		return fmt.Sprintf("%s + (long long)l * %d", first, step)
	}
	return joined(first, scaled("l", step))
}

// set writes a register from an expression over the current lane.
func (p *program) set(r int, e string) {
	if p.lanes > 1 {
		p.line("float r%d[%d]; VN_LANES(%d) r%d[l] = %s;", r, p.lanes, p.lanes, r, e)
		return
	}
	p.line("const float r%d = %s;", r, e)
}

// needed returns which registers go into what is stored and reduced: where a plan's kernel is several launches, each stores
// or reduces a part of it.
func (p *program) needed() []bool {
	need := make([]bool, len(p.kernel.Program))
	for _, s := range p.kernel.Stores {
		need[s.Register] = true
	}
	for _, r := range p.kernel.Reduces {
		need[r.Register] = true
	}
	for r := len(need) - 1; r >= 0; r-- {
		for _, a := range p.kernel.Program[r].Args {
			need[a] = need[a] || need[r]
		}
	}
	return need
}

// instructions writes the program up to what is stored and reduced.
func (p *program) instructions() {
	need := p.needed()
	for r, in := range p.kernel.Program {
		if !need[r] {
			continue
		}
		switch in.Op {
		case "load":
			p.load(r, p.kernel.Loads[in.Index])
		case "constant":
			p.set(r, number(in.Value))
		case "anchor":
			if p.lanes > 1 {
				p.set(r, p.anchor+"[l]")
			} else {
				p.set(r, p.anchor)
			}
		case "random":
			p.random(r, in)
		case "cast":
			p.set(r, rounded(ir.DType(in.Text), p.ref(in.Args[0])))
		default:
			args := make([]any, len(in.Args))
			for i, a := range in.Args {
				args[i] = p.ref(a)
			}
			p.set(r, fmt.Sprintf(maps[in.Op], args...))
		}
	}
}

// maps holds the maps of the graph as C++.
var maps = map[string]string{
	"neg": "-%s", "exp": "expf(%s)", "log": "logf(%s)", "sqrt": "sqrtf(%s)", "abs": "fabsf(%s)", "floor": "floorf(%s)",
	"add": "%s + %s", "sub": "%s - %s", "mul": "%s * %s", "div": "%s / %s",
	"max": "vn_max(%s, %s)", "min": "vn_min(%s, %s)", "pow": "powf(%s, %s)",
	"eq": "%s == %s ? 1.f : 0.f", "ne": "%s != %s ? 1.f : 0.f", "lt": "%s < %s ? 1.f : 0.f",
	"le": "%s <= %s ? 1.f : 0.f", "gt": "%s > %s ? 1.f : 0.f", "ge": "%s >= %s ? 1.f : 0.f",
	"select": "%s != 0.f ? %s : %s",
}

// number returns a constant as C++, exact.
func number(v float64) string {
	switch f := float32(v); {
	case f != f:
		return "VN_NAN"
	case f > 3.4028234e38:
		return "VN_INFINITY"
	case f < -3.4028234e38:
		return "-VN_INFINITY"
	default:
		s := strconv.FormatFloat(float64(f), 'g', -1, 32)
		if _, err := strconv.Atoi(s); err == nil {
			s += "."
		}
		return s + "f"
	}
}

// rounded returns an expression rounded to a dtype of the graph.
func rounded(d ir.DType, e string) string {
	switch d {
	case ir.BF16:
		return fmt.Sprintf("vn_from_bf16(vn_to_bf16(%s))", e)
	case ir.F16:
		return fmt.Sprintf("vn_from_f16(vn_to_f16(%s))", e)
	}
	return e
}

// load writes a register from memory; zero outside the bounds.
func (p *program) load(r int, l plan.Load) {
	a := p.layout.address(l.View, p.kernel.Domain, l.Bounds)
	if a.never {
		p.set(r, "0.f")
		return
	}
	pointer, at, inside := p.pointer(l.Buffer, false), a.at(p.index), a.inside(p.index)
	step := a.step(p.axis)
	if p.lanes > 1 && step != 0 && a.aligned(p.axis, p.lanes) {
		if inside == "" {
			p.line("float r%d[%d]; vn_load(r%d, %s + %s);", r, p.lanes, r, pointer, at)
		} else {
			p.line("float r%d[%d]; if (%s) vn_load(r%d, %s + %s); else VN_LANES(%d) r%d[l] = 0.f;", r, p.lanes, inside, r, pointer, at, p.lanes, r)
		}
		return
	}
	if p.lanes > 1 && step != 0 {
		at = p.lane(at, step)
	}
	value := fmt.Sprintf("vn_get(%s + %s)", pointer, at)
	if inside != "" {
		value = fmt.Sprintf("%s ? %s : 0.f", inside, value)
	}
	if p.lanes > 1 && step == 0 {
		p.line("const float u%d = %s;", r, value)
		value = fmt.Sprintf("u%d", r)
	}
	p.set(r, value)
}

// random writes a register with numbers of the generator: functions of the seed, the step, the stream, the sample and the
// place in the sample.
func (p *program) random(r int, in plan.Instr) {
	dense := plan.Strides(p.kernel.Domain)
	sample := "0"
	if p.kernel.Domain != nil && p.kernel.Domain[0].Name == ir.Batch {
		sample = p.index[0]
		dense[0] = 0
	}
	at := sum(0, dense, p.index)
	if p.lanes > 1 {
		at = p.lane(at, dense[p.axis])
	}
	p.set(r, fmt.Sprintf("vn_%s(%s, %d, %s, %s)", in.Text, p.step(), in.Index, sample, at))
}

// stores writes what the kernel stores.
func (p *program) stores() {
	for _, s := range p.kernel.Stores {
		a := p.layout.address(s.View, p.kernel.Domain, nil)
		pointer, at := p.pointer(s.Buffer, true), a.at(p.index)
		switch {
		case p.lanes > 1 && a.aligned(p.axis, p.lanes):
			p.line("vn_store(%s + %s, r%d);", pointer, at, s.Register)
		case p.lanes > 1:
			p.line("VN_LANES(%d) vn_put(%s + %s, r%d[l]);", p.lanes, pointer, p.lane(at, a.step(p.axis)), s.Register)
		default:
			p.line("vn_put(%s + %s, r%d);", pointer, at, s.Register)
		}
	}
}
