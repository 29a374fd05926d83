// Package report says what a model is made of: stage by stage its shapes, parameters, arithmetic and receptive fields,
// and in sum what it needs. It is what vnc inspect prints.
package report

import (
	"encoding/json"
	"math"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/eval"
)

// Report is what there is to say about a model. Its JSON form is the output of vnc inspect --json.
type Report struct {
	Model      string  `json:"model"`
	Stages     []Stage `json:"stages"`
	Parameters int     `json:"parameters"` // numbers that are trained
	FLOPs      int64   `json:"flops"`      // of the inference of one sample; a multiply-add counts two
	Batch      int     `json:"batch"`      // of the training recipe; 0 where the file has none
	Memory     Memory  `json:"memory"`
	Sizes      string  `json:"valid_sizes"` // which input sizes fit, in words
}

// Stage is a named part of a model.
type Stage struct {
	Name           string         `json:"name"`
	Shape          []int          `json:"shape"` // channel, x, y, z
	Parameters     int            `json:"parameters"`
	FLOPs          int64          `json:"flops"`
	ReceptiveField ReceptiveField `json:"receptive_field"`
}

// Memory is the planned peak, in bytes: weights, activations and workspace. It does not count what a process needs
// besides, nor cached data.
type Memory struct {
	Inference int64 `json:"inference"` // one sample
	Training  int64 `json:"training"`  // the recipe's batch; 0 where the file has no recipe
}

// ReceptiveField is how many voxels of the input one voxel of a stage sees along x, y and z; 0 where it sees all.
type ReceptiveField [3]int

// MarshalJSON writes one number where the three are equal, else the list x, y, z.
func (r ReceptiveField) MarshalJSON() ([]byte, error) {
	if r[0] == r[1] && r[1] == r[2] {
		return json.Marshal(r[0])
	}
	return json.Marshal([3]int(r))
}

// New reports on a model from its inference graph as it was elaborated (compiler.Compiled.Graph).
func New(m *eval.Model, g *ir.Graph) *Report {
	r := &Report{Model: m.Name}
	byName := map[string]int{}
	for _, s := range m.Stages {
		byName[s.Name] = len(r.Stages)
		r.Stages = append(r.Stages, Stage{Name: s.Name, Shape: shape(s.Tensor)})
	}
	for _, v := range g.Values {
		types := make([]ir.Type, len(v.Args))
		for i, a := range v.Args {
			types[i] = a.Type
		}
		flops := v.Op.Cost(v.Type, types).FLOPs
		r.FLOPs += flops
		kind, _ := v.Leaf()
		if kind == ir.LeafParameter {
			r.Parameters += v.Type.Elements()
		}
		if i, ok := byName[v.Stage]; ok {
			r.Stages[i].FLOPs += flops
			if kind == ir.LeafParameter {
				r.Stages[i].Parameters += v.Type.Elements()
			}
		}
	}
	seen := fields(g)
	named := map[string]*ir.Value{}
	for _, v := range g.Values {
		named[v.Name] = v
	}
	for i, s := range m.Stages {
		v := named[s.Tensor.Ref.(*ir.Value).Name]
		for j := range 3 { // z, y, x to x, y, z
			if f := seen[v.ID][2-j].Size; !math.IsInf(f, 1) {
				r.Stages[i].ReceptiveField[j] = int(math.Round(f))
			}
		}
	}
	return r
}

// shape returns a tensor's sizes in the order channel, x, y, z.
func shape(t *eval.Tensor) []int {
	var sizes, space []int
	for _, a := range t.Axes {
		if ir.Spatial(a.Name) {
			space = append([]int{a.Size.Value}, space...)
		} else {
			sizes = append(sizes, a.Size.Value)
		}
	}
	return append(sizes, space...)
}
