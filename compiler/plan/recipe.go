package plan

import (
	"slices"
	"strings"
)

// recipe is a map in the making that computes a register of a kernel again, from what the kernel loads and stores.
type recipe struct {
	p         *Plan
	from      *Kernel
	without   int         // the buffer that is not there
	registers map[int]int // of the map, by the register of the kernel
	kernel    Kernel
	work      int
}

// anew returns the map that makes once more what is written, before another kernel.
func (p *Plan) anew(w write, before int) (Kernel, bool) {
	k := &p.Kernels[w.kernel]
	r := recipe{p: p, from: k, without: w.Buffer, registers: map[int]int{}}
	register, ok := r.take(k.Stores[w.store].Register)
	if !ok || p.overwritten(r.kernel.Loads, w.kernel, before) {
		return Kernel{}, false
	}
	m := &r.kernel
	m.Name, m.Stage, m.At = strings.TrimSuffix(k.Name, ".again")+".again", k.Stage, k.At
	m.Domain, m.Stores = k.Domain, []Store{{register, w.View}}
	m.Cost = KernelCost{FLOPs: m.mapped(m.Program), Bytes: m.bytes()}
	return *m, true
}

// overwritten reports whether a variable that is loaded changes from one kernel on and before another.
func (p *Plan) overwritten(loads []Load, from, before int) bool {
	for _, l := range loads {
		if p.Buffers[l.Buffer].Class != Variable {
			continue
		}
		for i := from; i < before; i++ {
			if p.Kernels[i].writes(l.Buffer) {
				return true
			}
		}
	}
	return false
}

// maxWork bounds what a recomputed element may cost, in simple instructions: a kernel that reads and writes one element
// for each that it computes waits for memory as long.
const maxWork = 12

// work is how many simple instructions an instruction takes. Those that go through tables or polynomials are not
// repeated, nor are random numbers.
func (in Instr) work() int {
	switch in.Op {
	case "exp", "log", "pow", "random", "anchor":
		return maxWork + 1
	case "div", "sqrt":
		return 3
	case "load", "constant":
		return 0
	}
	return 1
}

// take returns the register that holds a register of the kernel, or false where that would cost too much.
func (r *recipe) take(register int) (int, bool) {
	if have, ok := r.registers[register]; ok {
		return have, true
	}
	in, ok := r.instr(register)
	if !ok {
		return 0, false
	}
	r.kernel.Program = append(r.kernel.Program, in)
	r.registers[register] = len(r.kernel.Program) - 1
	return len(r.kernel.Program) - 1, true
}

func (r *recipe) instr(register int) (Instr, bool) {
	for _, s := range r.from.Stores {
		if s.Register == register && s.Buffer != r.without && r.p.Buffers[s.Buffer].Class != Variable {
			return r.load(Load{View: s.View}), true
		}
	}
	in := r.from.Program[register]
	if r.work += in.work(); r.work > maxWork {
		return in, false
	}
	if in.Op == "load" {
		l := r.from.Loads[in.Index]
		return r.load(l), l.Buffer != r.without
	}
	in.Args = slices.Clone(in.Args)
	for i, a := range in.Args {
		var ok bool
		if in.Args[i], ok = r.take(a); !ok {
			return in, false
		}
	}
	return in, true
}

func (r *recipe) load(l Load) Instr {
	r.kernel.Loads = append(r.kernel.Loads, l)
	return Instr{Op: "load", Index: len(r.kernel.Loads) - 1}
}

// prune removes the instructions and the loads that no store and no reduction needs.
func (k *Kernel) prune() {
	needed := make([]bool, len(k.Program))
	for _, s := range k.Stores {
		needed[s.Register] = true
	}
	for _, r := range k.Reduces {
		needed[r.Register] = true
	}
	for i, in := range slices.Backward(k.Program) {
		for _, a := range in.Args {
			needed[a] = needed[a] || needed[i]
		}
	}
	program, loads := k.Program, k.Loads
	var dropped []Instr
	registers := make([]int, len(program))
	k.Program, k.Loads = nil, nil
	for i, in := range program {
		if !needed[i] {
			dropped = append(dropped, in)
			continue
		}
		if in.Op == "load" {
			k.Loads = append(k.Loads, loads[in.Index])
			in.Index = len(k.Loads) - 1
		}
		in.Args = slices.Clone(in.Args)
		for j, a := range in.Args {
			in.Args[j] = registers[a]
		}
		registers[i] = len(k.Program)
		k.Program = append(k.Program, in)
	}
	k.Stores, k.Reduces = slices.Clone(k.Stores), slices.Clone(k.Reduces) // a cut that is not made leaves no trace
	for i := range k.Stores {
		k.Stores[i].Register = registers[k.Stores[i].Register]
	}
	for i := range k.Reduces {
		k.Reduces[i].Register = registers[k.Reduces[i].Register]
	}
	k.Cost.FLOPs -= k.mapped(dropped)
	k.Cost.Bytes = k.bytes()
}
