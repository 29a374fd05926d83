package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// stored is the form of a plan in a file: the graph as text, and the plan beside it.
type stored struct {
	Graph string
	Plan  *Plan
}

// Encode returns the plan as it is stored in an artifact.
func (p *Plan) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(stored{p.Graph.String(), p}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode plan %s: %w", p.Name, err)
	}
	return data, nil
}

// A plan in a file is parsed within bounds that follow from its graph, because a few bytes of JSON can stand for a large
// value. V-Net's training plan has 1,500 lines of graph, and 4.5 objects and 2.4 lists for each of them.
const (
	maxLines   = 1 << 17 // of the graph
	maxPerLine = 16      // objects, and lists, of the plan for each of them
	maxBeside  = 1 << 10 // and beside them
)

// Decode reads a plan that Encode wrote and verifies it. The name is of the file, for errors.
func Decode(name string, data []byte) (*Plan, error) {
	var s struct {
		Graph string
		Plan  json.RawMessage
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read plan %s: %w", name, err)
	}
	lines := strings.Count(s.Graph, "\n")
	if lines > maxLines {
		return nil, fmt.Errorf("read plan %s: its graph has %d lines; %d is the most", name, lines, maxLines)
	}
	most := maxPerLine*lines + maxBeside
	if n := max(bytes.Count(s.Plan, []byte("{")), bytes.Count(s.Plan, []byte("["))); n > most {
		return nil, fmt.Errorf("read plan %s: it has %d objects or lists, more than its graph of %d lines can need: the file is damaged or was tampered with", name, n, lines)
	}
	var p *Plan
	if len(s.Plan) > 0 {
		if err := json.Unmarshal(s.Plan, &p); err != nil {
			return nil, fmt.Errorf("read plan %s: %w", name, err)
		}
	}
	if p == nil {
		return nil, fmt.Errorf("read plan %s: it holds no plan", name)
	}
	g, err := ir.Parse(name, s.Graph, op.Lookup)
	if err != nil {
		return nil, fmt.Errorf("read plan %s: %w", name, err)
	}
	if err := ir.Verify(g); err != nil {
		return nil, fmt.Errorf("read plan %s: %w", name, err)
	}
	p.Graph = g
	if err := p.bind(); err != nil {
		return nil, fmt.Errorf("read plan %s: %w", name, err)
	}
	if err := p.Verify(); err != nil {
		return nil, fmt.Errorf("read plan %s: %w", name, err)
	}
	return p, nil
}

// bind gives the anchors their ops and types, from the graph.
func (p *Plan) bind() error {
	values := map[string]*ir.Value{}
	for _, v := range p.Graph.Values {
		values[v.Name] = v
	}
	for i := range p.Kernels {
		a := p.Kernels[i].Anchor
		if a == nil {
			continue
		}
		v := values[a.Value]
		if v == nil || !isAnchor(v) {
			return fmt.Errorf("kernel %s computes %q, which is no anchor of the graph", p.Kernels[i].Name, a.Value)
		}
		a.Op, a.Type = v.Op, v.Type
		for _, x := range v.Args {
			a.Types = append(a.Types, x.Type)
		}
	}
	return nil
}

// plainInstr is an instruction as encoding/json writes it by itself.
type plainInstr Instr

// MarshalJSON writes the instruction. The constants that JSON has no number for, the infinities, NaN and -0, stand in
// Text.
func (in Instr) MarshalJSON() ([]byte, error) {
	if x := in.Value; math.IsInf(x, 0) || math.IsNaN(x) || x == 0 && math.Signbit(x) {
		in.Value, in.Text = 0, strconv.FormatFloat(x, 'g', -1, 64)
	}
	return json.Marshal(plainInstr(in))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (in *Instr) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, (*plainInstr)(in)); err != nil {
		return err
	}
	if in.Op != "constant" || in.Text == "" {
		return nil
	}
	x, err := strconv.ParseFloat(in.Text, 64)
	in.Value, in.Text = x, ""
	return err
}
