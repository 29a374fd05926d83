package ir

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vnlang/vn/lang/source"
)

// The text form of a graph is made for reading, and Parse takes it back:
//
//	graph VNet inference batch 1
//	  image = input name "image"                          f32[batch 1, channel 1, z 64, y 128, x 128]  # vnet.vn:2:12
//	  v1    = convolve(image, w) stride 1,1,1 stage left  f32[batch 1, channel 16, z 64, y 128, x 128] # conv.vn:11:12 < vnet.vn:4:34
//	  output result = v1
//	  update w = v9
//
// A value's line holds its name; its op and the names of its arguments; the op's attributes that are not zero; the
// stage, if it has one; its type; and where it was made, the innermost call first. The axes of an op that are the same
// as those of the result (ops such as broadcast) are not repeated. Names that are no words stand in quotes. Empty lines,
// and lines that start with "#", say nothing.

// The columns of a line are aligned up to these widths; longer entries push the rest of their own line.
const (
	maxNameWidth = 24
	maxOpWidth   = 72
	maxTypeWidth = 60
)

// String returns the text form of the graph.
func (g *Graph) String() string {
	var b strings.Builder
	g.Print(&b) // a Builder never fails
	return b.String()
}

// Print writes the text form of the graph.
func (g *Graph) Print(w io.Writer) error {
	rows := make([][4]string, len(g.Values))
	var width [3]int
	for i, v := range g.Values {
		rows[i] = [4]string{v.Name, opText(v), v.Type.String(), positionsText(v.At)}
		for column, limit := range [3]int{maxNameWidth, maxOpWidth, maxTypeWidth} {
			if n := len(rows[i][column]); n <= limit {
				width[column] = max(width[column], n)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "graph %s %s batch %d\n", quoted(g.Name), g.Mode, g.Batch)
	for _, row := range rows {
		line := fmt.Sprintf("  %-*s = %-*s  %-*s  %s", width[0], row[0], width[1], row[1], width[2], row[2], row[3])
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	for _, o := range g.Outputs {
		fmt.Fprintf(&b, "  output %s = %s\n", quoted(o.Name), o.Value.Name)
	}
	for _, u := range g.Updates {
		fmt.Fprintf(&b, "  update %s = %s\n", u.Target.Name, u.Value.Name)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print the graph %s: %w", g.Name, err)
	}
	return nil
}

// opText returns the op of a value with its arguments, its attributes and the stage.
func opText(v *Value) string {
	var b strings.Builder
	b.WriteString(v.Op.Kind())
	if len(v.Args) > 0 {
		b.WriteString("(" + joined(v.Args, ", ", func(a *Value) string { return a.Name }) + ")")
	}
	for _, a := range printedAttributes(v.Op, v.Type) {
		fmt.Fprintf(&b, " %s %s", a.Name, attributeText(a.Value))
	}
	if v.Stage != "" {
		fmt.Fprintf(&b, " stage %s", quoted(v.Stage))
	}
	return b.String()
}

// positionsText returns the comment that ends a line: empty when no position is known.
func positionsText(at []source.Position) string {
	if len(at) == 0 {
		return ""
	}
	return "# " + joined(at, " < ", positionText)
}

// positionText returns a position as source.Position prints it; a file name that would not read back is quoted.
func positionText(p source.Position) string {
	if p == (source.Position{}) {
		return "-"
	}
	file := p.File
	if file == "" || strings.ContainsAny(file, " \"\n\r\t") || !strconv.CanBackquote(file) {
		file = strconv.Quote(file)
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}
