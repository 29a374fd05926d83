package repl

import (
	"errors"
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/volume"
)

// sources are the builtins that bring data into the session.
func (g *graph) sources() []eval.Source {
	return []eval.Source{
		{
			Signature: "volume(path: string)",
			Doc: "The image in a file, MetaImage or NIfTI, as a tensor of one channel on the file's own grid. The path is relative\n" +
				"to the folder in which the session was started.",
			Code: "import/read",
			Read: g.readVolume,
		},
		{
			Signature: "literal(values: list)",
			Doc: "The numbers of a list as a tensor. The innermost lists run along x, those around them along y, z and channel:\n" +
				"literal([[1, 2, 3], [4, 5, 6]]) has x = 3 and y = 2. Other axes are given by reshape.",
			Code: "type/argument",
			Read: g.readLiteral,
		},
	}
}

// input makes an input that has data.
func (g *graph) input(make func([]eval.Axis) *eval.Tensor, axes []eval.Axis, data []float32) *eval.Tensor {
	t := make(axes)
	if v, ok := t.Ref.(*ir.Value); ok {
		_, name := v.Leaf()
		g.data[name] = data
	}
	return t
}

func (g *graph) readVolume(args map[string]eval.Value, make func([]eval.Axis) *eval.Tensor) (*eval.Tensor, error) {
	v, err := volume.Read(args["path"].(eval.String).Value)
	if err != nil {
		return nil, err
	}
	return g.input(make, []eval.Axis{axis(ir.Channel, 1), axis(ir.Z, v.Size[2]), axis(ir.Y, v.Size[1]), axis(ir.X, v.Size[0])}, v.Data), nil
}

// literalAxes are the axes of nested lists, the innermost last.
var literalAxes = []string{ir.Channel, ir.Z, ir.Y, ir.X}

func (g *graph) readLiteral(args map[string]eval.Value, make func([]eval.Axis) *eval.Tensor) (*eval.Tensor, error) {
	list := args["values"].(*eval.List)
	var sizes []int
	for l := list; l != nil; {
		if len(l.Items) == 0 {
			return nil, errors.New("a list of no numbers is no tensor")
		}
		sizes = append(sizes, len(l.Items))
		l, _ = l.Items[0].Value.(*eval.List)
	}
	if len(sizes) > len(literalAxes) {
		return nil, fmt.Errorf("the lists are %d deep, and a tensor has at most %d axes: channel, z, y, x", len(sizes), len(literalAxes))
	}
	data, err := flatten(nil, list, sizes)
	if err != nil {
		return nil, err
	}
	var axes []eval.Axis
	for i, name := range literalAxes[len(literalAxes)-len(sizes):] {
		axes = append(axes, axis(name, sizes[i]))
	}
	return g.input(make, axes, data), nil
}

// flatten appends the numbers of nested lists, which must have the sizes.
func flatten(data []float32, list *eval.List, sizes []int) ([]float32, error) {
	if len(list.Items) != sizes[0] {
		return nil, fmt.Errorf("the lists differ in length: one has %s where another has %d", plural(len(list.Items), "element"), sizes[0])
	}
	for _, item := range list.Items {
		switch v := item.Value.(type) {
		case *eval.List:
			if len(sizes) == 1 {
				return nil, errors.New("a list stands beside a number")
			}
			var err error
			if data, err = flatten(data, v, sizes[1:]); err != nil {
				return nil, err
			}
			continue
		case eval.Int:
			data = append(data, float32(v.Value))
		case eval.Float:
			data = append(data, float32(v.Value))
		default:
			return nil, fmt.Errorf("a literal holds numbers, but one element is %s", v.Kind())
		}
		if len(sizes) > 1 {
			return nil, errors.New("a number stands beside a list")
		}
	}
	return data, nil
}

func axis(name string, size int) eval.Axis {
	return eval.Axis{Name: name, Size: eval.Size{Value: size}}
}
