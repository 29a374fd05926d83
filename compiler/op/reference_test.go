package op_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// A tensorJSON is a tensor of testdata/reference.json.
type tensorJSON struct {
	Axes []ir.Axis
	Data []float64
}

func (t tensorJSON) tensor() *ir.Tensor {
	return &ir.Tensor{Type: ir.NewType(t.Axes...), Data: t.Data}
}

// TestReference compares the contractions and windows with PyTorch; testdata/reference.py made the numbers.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Kind string
		Attributes json.RawMessage
		Args       []tensorJSON
		Result     tensorJSON
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		t.Run(c.Kind+" "+c.Name, func(t *testing.T) {
			prototype, ok := op.Lookup(c.Kind)
			if !ok {
				t.Fatal("no such op")
			}
			o := reflect.New(reflect.TypeOf(prototype))
			if err := json.Unmarshal(c.Attributes, o.Interface()); err != nil {
				t.Fatal(err)
			}
			var args []*ir.Tensor
			for _, a := range c.Args {
				args = append(args, a.tensor())
			}
			got := evaluate(t, o.Elem().Interface().(ir.Op), args...)
			if diff := cmp.Diff(c.Result.tensor(), got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
				t.Errorf("result (-PyTorch +ours):\n%s", diff)
			}
		})
	}
}

// evaluate applies an op to tensors.
func evaluate(t *testing.T, o ir.Op, args ...*ir.Tensor) *ir.Tensor {
	t.Helper()
	types := make([]ir.Type, len(args))
	for i, a := range args {
		types[i] = a.Type
	}
	result, err := o.Infer(types)
	if err != nil {
		t.Fatal(err)
	}
	out := ir.NewTensor(result)
	o.Evaluate(ir.Context{}, out, args)
	return out
}
