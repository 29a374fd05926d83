package cuda

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/compiler/plan"
)

// body is the text of one kernel in the making: its statements, and the pointers that it takes.
type body struct {
	layout *layout
	text   strings.Builder
	depth  int
	params []param
	wide   bool           // indices are of 64 bits
	named  map[int]string // pointers to buffers that are no parameters
}

// param is a pointer that a kernel takes.
type param struct {
	name    string
	dtype   string // in C++
	written bool
	place   Place
	section section
}

// line writes a statement.
func (b *body) line(format string, args ...any) {
	fmt.Fprintf(&b.text, "%s", strings.Repeat("  ", b.depth+1))
	fmt.Fprintf(&b.text, format, args...)
	b.text.WriteByte('\n')
}

// open writes a line that begins a block, and close ends it.
func (b *body) open(format string, args ...any) {
	b.line(format+" {", args...)
	b.depth++
}

func (b *body) close() {
	b.depth--
	b.line("}")
}

// closeStatement ends a block that is part of a statement.
func (b *body) closeStatement() {
	b.depth--
	b.line("};")
}

// integer returns the type of indices.
func (b *body) integer() string {
	if b.wide {
		return "long long"
	}
	return "int"
}

// loop opens a loop of an index over a number of places.
func (b *body) loop(index string, n int) {
	b.open("for (%s %s = 0; %s < %d; %s++)", b.integer(), index, index, n, index)
}

// pointer returns the name of the parameter that points to a buffer.
func (b *body) pointer(buffer int, written bool) string {
	if name, ok := b.named[buffer]; ok {
		return name
	}
	p := b.layout.places[buffer]
	return b.parameter(param{dtype: b.layout.forms[buffer].dtype.cpp(), written: written, place: p})
}

// scratch returns the name of the parameter that points into the scratch memory of the plan's kernel.
func (b *body) scratch(dtype string, offset int64) string {
	return b.parameter(param{dtype: dtype, written: true, place: Place{Offset: offset}, section: inScratch})
}

// stepType is the type of the seed and the number of a step.
const stepType = "vn_step"

// step returns the name of the parameter that points to the seed and the number of the step.
func (b *body) step() string { return b.parameter(param{dtype: stepType}) }

// parameter returns the name of a parameter, a new one where there is none that points there.
func (b *body) parameter(p param) string {
	for i := range b.params {
		have := &b.params[i]
		if have.place == p.place && have.section == p.section && have.dtype == p.dtype {
			have.written = have.written || p.written
			return have.name
		}
	}
	p.name = fmt.Sprintf("p%d", len(b.params))
	b.params = append(b.params, p)
	return p.name
}

// signature returns the parameters as C++.
func (b *body) signature() string {
	var list []string
	for _, p := range b.params {
		if p.dtype == mapType {
			list = append(list, "VN_GRIDCONST vn_tmap "+p.name)
			continue
		}
		constant := "const "
		if p.written {
			constant = ""
		}
		list = append(list, constant+p.dtype+"* "+p.name)
	}
	return strings.Join(list, ", ")
}

// mapType is the C++ type of a tensor map.
const mapType = "vn_tmap"

// cpp returns the type of a number in memory, as C++.
func (d DType) cpp() string {
	switch d {
	case BF:
		return "vn_bf16"
	case Half:
		return "vn_f16"
	}
	return "float"
}

// decode writes the indices along axes of the given sizes from a linear one, as variables of the given names; none for an
// axis of size 1.
func (b *body) decode(linear string, sizes []int, names []string) {
	last := -1
	for i, n := range sizes {
		if n > 1 {
			last = i
			break
		}
	}
	rest := linear
	for i := len(sizes) - 1; i >= 0; i-- {
		switch {
		case sizes[i] == 1:
		case i == last:
			b.line("const %s %s = %s;", b.integer(), names[i], rest)
		default:
			b.line("const %s %s = %s %% %d;", b.integer(), names[i], rest, sizes[i])
			next := fmt.Sprintf("%s_%d", linear, i)
			b.line("const %s %s = %s / %d;", b.integer(), next, rest, sizes[i])
			rest = next
		}
	}
}

// isWide reports whether a kernel's indices need 64 bits.
func (l *layout) isWide(k *plan.Kernel) bool {
	elements := 1
	for _, x := range k.Domain {
		elements *= x.Size
	}
	most := elements
	for _, v := range viewsOf(k) {
		most = max(most, l.plan.Buffers[v.Buffer].Type.Elements())
	}
	return most >= 1<<31-1<<16 // some bounded views begin a little outside
}

// viewsOf returns all that a kernel reads and writes.
func viewsOf(k *plan.Kernel) (all []plan.View) {
	for _, x := range k.Loads {
		all = append(all, x.View)
	}
	for _, x := range k.Stores {
		all = append(all, x.View)
	}
	for _, x := range k.Reduces {
		all = append(all, x.View)
	}
	if k.Anchor != nil {
		all = append(all, k.Anchor.Args...)
	}
	return all
}
