package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// Verify checks every rule that a plan obeys. A backend relies on them, and a plan that was read from a file, whoever
// wrote it, is checked before it runs:
//
//   - the buffers of inputs, outputs and variables are those of the graph, and the arena holds the others exactly;
//   - programs use operations that there are, on registers that are there; every view stays in its buffer; a store
//     writes an element once; an anchor computes a value of the graph from arguments that lie as backends read them;
//   - what is read was written before and not overwritten since, and a kernel overwrites what it reads only element by
//     element (verifyContents).
//
// What a plan computes is not checked: that it is what its graph says is the compiler's part.
func (p *Plan) Verify() error {
	if p.Graph == nil {
		return errors.New("there is no graph")
	}
	if p.Name != p.Graph.Name || p.Mode != p.Graph.Mode || p.Batch != p.Graph.Batch {
		return fmt.Errorf("it is the plan of %s %s batch %d, the graph is %s %s batch %d",
			p.Name, p.Mode, p.Batch, p.Graph.Name, p.Graph.Mode, p.Graph.Batch)
	}
	if err := p.verifyBuffers(); err != nil {
		return err
	}
	for i := range p.Kernels {
		if err := p.verifyKernel(&p.Kernels[i]); err != nil {
			return fmt.Errorf("kernel %d (%s): %w", i, p.Kernels[i].Name, err)
		}
	}
	return p.verifyContents()
}

// verifyKernel checks one kernel by itself.
func (p *Plan) verifyKernel(k *Kernel) error {
	if err := ir.NewType(k.Domain...).Check(); err != nil {
		return fmt.Errorf("its domain: %w", err)
	}
	if len(k.Stores)+len(k.Reduces) == 0 {
		return errors.New("it writes nothing")
	}
	for r, in := range k.Program {
		if err := k.verifyInstr(r, in); err != nil {
			return fmt.Errorf("instruction %d: %w", r, err)
		}
	}
	for i, l := range k.Loads {
		if err := p.verifyLoad(l, k.Domain); err != nil {
			return fmt.Errorf("load %d: %w", i, err)
		}
	}
	for i, s := range k.Stores {
		if err := p.verifyWrite(s.Register, s.View, k, k.Domain); err != nil {
			return fmt.Errorf("store %d: %w", i, err)
		}
	}
	for i, r := range k.Reduces {
		if err := p.verifyReduce(k, r); err != nil {
			return fmt.Errorf("reduction %d: %w", i, err)
		}
	}
	if k.Anchor != nil {
		return p.verifyAnchor(k)
	}
	return nil
}

// arities holds the number of arguments of every instruction.
var arities = func() map[string]int {
	n := map[string]int{"load": 0, "constant": 0, "random": 0, "anchor": 0, "cast": 1}
	for _, o := range op.Table {
		if _, copies := o.(op.StopGradient); op.Arity(o) > 0 && !copies { // a copy is no instruction, only a store
			n[o.Kind()] = op.Arity(o)
		}
	}
	return n
}()

// verifyInstr checks the instruction whose result is register r.
func (k *Kernel) verifyInstr(r int, in Instr) error {
	arity, ok := arities[in.Op]
	if !ok {
		return fmt.Errorf("there is no operation %q", in.Op)
	}
	if len(in.Args) != arity {
		return fmt.Errorf("%s takes %d arguments, not %d", in.Op, arity, len(in.Args))
	}
	for _, a := range in.Args {
		if a < 0 || a >= r {
			return fmt.Errorf("it reads register %d, which is not there yet", a)
		}
	}
	switch in.Op {
	case "load":
		if in.Index < 0 || in.Index >= len(k.Loads) {
			return fmt.Errorf("it reads load %d of %d", in.Index, len(k.Loads))
		}
	case "anchor":
		if k.Anchor == nil {
			return errors.New("it reads an anchor, and the kernel has none")
		}
	case "cast":
		return ir.Type{DType: ir.DType(in.Text)}.Check()
	case "random":
		_, err := op.Random{Stream: in.Index, Axes: k.Domain, Distribution: in.Text}.Infer(nil)
		return err
	}
	return nil
}

// verifyLoad checks that a load stays in its buffer, as far as its bounds let it be read.
func (p *Plan) verifyLoad(l Load, domain []ir.Axis) error {
	bounded := map[int]bool{}
	for _, b := range l.Bounds {
		if b.Axis < 0 || b.Axis >= len(domain) || bounded[b.Axis] {
			return fmt.Errorf("a bound on axis %d of %d", b.Axis, len(domain))
		}
		if size := domain[b.Axis].Size; b.Low < 0 || b.Low > b.High || b.High > size {
			return fmt.Errorf("the bound %d to %d of an axis of size %d", b.Low, b.High, size)
		}
		bounded[b.Axis] = true
	}
	return p.verifyView(l.View, domain, l.Bounds)
}

// verifyReduce checks a reduction of the kernel's domain.
func (p *Plan) verifyReduce(k *Kernel, r Reduce) error {
	if r.Op != "sum" && r.Op != "reduce_max" && r.Op != "reduce_min" {
		return fmt.Errorf("there is no reduction %q", r.Op)
	}
	if len(r.Axes) == 0 {
		return errors.New("it reduces no axis")
	}
	last := -1
	for _, a := range r.Axes {
		if a <= last || a >= len(k.Domain) {
			return fmt.Errorf("the axes %v of %d", r.Axes, len(k.Domain))
		}
		last = a
	}
	return p.verifyWrite(r.Register, r.View, k, k.remaining(r))
}

// remaining returns the axes of the domain that a reduction leaves.
func (k *Kernel) remaining(r Reduce) []ir.Axis {
	var stay []ir.Axis
	for i, x := range k.Domain {
		if !slices.Contains(r.Axes, i) {
			stay = append(stay, x)
		}
	}
	return stay
}

// verifyWrite checks that a register is there, and that the view writes each of its elements once, in memory order.
func (p *Plan) verifyWrite(register int, v View, k *Kernel, axes []ir.Axis) error {
	if register < 0 || register >= len(k.Program) {
		return fmt.Errorf("register %d of %d", register, len(k.Program))
	}
	if err := p.verifyView(v, axes, nil); err != nil {
		return err
	}
	next := 1 // the least stride that steps over what the axes behind reach
	for i := len(axes) - 1; i >= 0; i-- {
		if axes[i].Size == 1 {
			continue
		}
		if v.Strides[i] < next {
			return fmt.Errorf("axis %s has stride %d, and writes elements again", axes[i].Name, v.Strides[i])
		}
		next = v.Strides[i] * axes[i].Size
	}
	if p.Buffers[v.Buffer].Class == Input {
		return fmt.Errorf("it writes the input %s", p.Buffers[v.Buffer].Name)
	}
	return nil
}

// verifyAnchor checks that the anchor is one of the graph's, over the kernel's domain, and how its arguments lie: dense
// within a sample, the first axis apart by any stride; weights and matrices dense altogether.
func (p *Plan) verifyAnchor(k *Kernel) error {
	a := k.Anchor
	if a.Op == nil || len(a.Args) != len(a.Types) {
		return fmt.Errorf("anchor %s has %d arguments in memory and %d in the graph", a.Value, len(a.Args), len(a.Types))
	}
	if !slices.Equal(k.Domain, a.Type.Axes) {
		return fmt.Errorf("anchor %s is %s, not over the kernel's domain", a.Value, a.Type)
	}
	for i, v := range a.Args {
		axes := a.Types[i].Axes
		if err := p.verifyView(v, axes, nil); err != nil {
			return fmt.Errorf("argument %d of the anchor: %w", i, err)
		}
		dense := Strides(a.Types[i].Axes)
		for j, x := range axes {
			if x.Size > 1 && v.Strides[j] != dense[j] && (j > 0 || isDense(a.Op, i) || v.Strides[j] < dense[j]) {
				return fmt.Errorf("argument %d of the anchor: axis %s has stride %d, not %d", i, x.Name, v.Strides[j], dense[j])
			}
		}
	}
	return nil
}

// isDense reports whether an anchor reads an argument as one dense run.
func isDense(o ir.Op, argument int) bool {
	switch o.(type) {
	case op.Convolve, op.ConvolveInput:
		return argument == 1
	case op.MatMul:
		return true
	}
	return false
}

// maxReach bounds the distances that a view may state, so that sums of them stay within an int64.
const maxReach = 1 << 56

// verifyView checks that a view stays in its buffer over a domain, as far as its bounds let it be read.
func (p *Plan) verifyView(v View, domain []ir.Axis, bounds []Bound) error {
	if v.Buffer < 0 || v.Buffer >= len(p.Buffers) {
		return fmt.Errorf("buffer %d of %d", v.Buffer, len(p.Buffers))
	}
	if len(v.Strides) != len(domain) {
		return fmt.Errorf("%d strides for %d axes", len(v.Strides), len(domain))
	}
	if v.Offset < -maxReach || v.Offset > maxReach {
		return fmt.Errorf("offset %d", v.Offset)
	}
	for i, s := range v.Strides {
		if s < 0 || s > maxReach/domain[i].Size {
			return fmt.Errorf("axis %s has stride %d", domain[i].Name, s)
		}
	}
	from, to := v.Offset, v.Offset // of the elements reached
	for i, x := range domain {
		low, high := boundsOf(i, x, bounds)
		if low >= high {
			return nil // nothing is read
		}
		from, to = from+low*v.Strides[i], to+(high-1)*v.Strides[i]
	}
	if n := p.Buffers[v.Buffer].Type.Elements(); from < 0 || to >= n {
		return fmt.Errorf("elements %d to %d of a buffer of %d", from, to, n)
	}
	return nil
}

// boundsOf returns the indices along axis i of a domain that are read.
func boundsOf(i int, x ir.Axis, bounds []Bound) (low, high int) {
	for _, b := range bounds {
		if b.Axis == i {
			return b.Low, b.High
		}
	}
	return 0, x.Size
}
