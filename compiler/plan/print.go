package plan

import (
	"fmt"
	"io"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/source"
)

// String returns the plan as text; see Print.
func (p *Plan) String() string {
	var b strings.Builder
	_ = p.Print(&b) // a Builder takes everything
	return b.String()
}

// Print writes the plan for a reader: the memory, then the kernels in the order in which they run, each with its
// program, what it reads and writes, its cost, and the place in the source that it comes from.
func (p *Plan) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %s %s batch %d: %d kernels, arena %d bytes\n", p.Name, p.Mode, p.Batch, len(p.Kernels), p.Arena)
	for i, x := range p.Buffers {
		fmt.Fprintf(&b, "  %%%-4d %-8s %-34s %s", i, x.Class, x.Name, x.Type)
		if x.Class == InArena {
			fmt.Fprintf(&b, " at %d", x.Offset)
		}
		b.WriteByte('\n')
	}
	for i := range p.Kernels {
		p.Kernels[i].print(&b, i)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// PrintFused writes the kernels alone, without the memory: which values are computed together.
func (p *Plan) PrintFused(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "fused %s %s batch %d: %d kernels\n", p.Name, p.Mode, p.Batch, len(p.Kernels))
	for i := range p.Kernels {
		k := &p.Kernels[i]
		fmt.Fprintf(&b, "%4d %-28s %s", i, k.Name, ir.Type{DType: ir.F32, Axes: k.Domain})
		if k.Anchor != nil {
			fmt.Fprintf(&b, " %s", k.Anchor.Op.Kind())
		}
		for _, in := range k.Program {
			if in.Op != "load" && in.Op != "anchor" && in.Op != "constant" {
				fmt.Fprintf(&b, " %s", in.Op)
			}
		}
		for _, r := range k.Reduces {
			fmt.Fprintf(&b, " %s", r.Op)
		}
		fmt.Fprintf(&b, "%s\n", trail(k.At))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (k *Kernel) print(b *strings.Builder, i int) {
	fmt.Fprintf(b, "kernel %d %s over %s", i, k.Name, ir.Type{DType: ir.F32, Axes: k.Domain})
	if k.Stage != "" {
		fmt.Fprintf(b, " in stage %s", k.Stage)
	}
	fmt.Fprintf(b, ", %d flops, %d bytes%s\n", k.Cost.FLOPs, k.Cost.Bytes, trail(k.At))
	if a := k.Anchor; a != nil {
		args := make([]string, len(a.Args))
		for j, v := range a.Args {
			args[j] = v.String()
		}
		fmt.Fprintf(b, "    anchor = %s(%s)\n", a.Op.Kind(), strings.Join(args, ", "))
	}
	for j, in := range k.Program {
		fmt.Fprintf(b, "    r%d = %s\n", j, k.instr(in))
	}
	for _, s := range k.Stores {
		fmt.Fprintf(b, "    %s = r%d\n", s.View, s.Register)
	}
	for _, r := range k.Reduces {
		var over []string
		for _, a := range r.Axes {
			over = append(over, k.Domain[a].Name)
		}
		fmt.Fprintf(b, "    %s = %s(r%d) over %s\n", r.View, r.Op, r.Register, strings.Join(over, ", "))
	}
}

// instr returns the right side of an instruction.
func (k *Kernel) instr(in Instr) string {
	switch in.Op {
	case "load":
		l := k.Loads[in.Index]
		text := l.View.String()
		for _, x := range l.Bounds {
			text += fmt.Sprintf(" where %d ≤ %s < %d", x.Low, k.Domain[x.Axis].Name, x.High)
		}
		return text
	case "constant":
		return fmt.Sprint(in.Value)
	case "anchor":
		return "anchor"
	case "random":
		return fmt.Sprintf("random %s stream %d", in.Text, in.Index)
	}
	args := make([]string, len(in.Args))
	for i, a := range in.Args {
		args[i] = fmt.Sprintf("r%d", a)
	}
	text := in.Op + "(" + strings.Join(args, ", ") + ")"
	if in.Text != "" {
		text += " " + in.Text
	}
	return text
}

// String returns the view as %buffer+offset[strides].
func (v View) String() string {
	text := fmt.Sprintf("%%%d", v.Buffer)
	if v.Offset != 0 {
		text += fmt.Sprintf("%+d", v.Offset)
	}
	return text + strings.ReplaceAll(fmt.Sprint(v.Strides), " ", ",")
}

// trail returns a comment with the places that something comes from, innermost call first.
func trail(at []source.Position) string {
	if len(at) == 0 {
		return ""
	}
	places := make([]string, len(at))
	for i, p := range at {
		places[i] = p.String()
	}
	return "  # " + strings.Join(places, " < ")
}
