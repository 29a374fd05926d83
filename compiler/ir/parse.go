package ir

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/vnlang/vn/lang/source"
)

// Parse reads the text form of a graph, as Print writes it. The file's name is for the messages; lookup finds the
// primitives by their kinds. The first mistake is returned as "file:line: what is wrong". What the text says is not
// checked further: that is Verify's part.
func Parse(file, text string, lookup func(kind string) (Op, bool)) (*Graph, error) {
	p := parser{lookup: lookup, values: map[string]*Value{}}
	for i, line := range strings.Split(text, "\n") {
		p.scanner = scanner{text: strings.TrimSuffix(line, "\r")}
		if rest := p.rest(); rest == "" || rest[0] == '#' {
			continue
		}
		if err := p.line(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
	}
	if p.graph == nil {
		return nil, fmt.Errorf("%s: no graph; its first line reads like: graph VNet inference batch 1", file)
	}
	return p.graph, nil
}

// parser holds the line that is read, and what the lines before it said.
type parser struct {
	scanner
	lookup func(kind string) (Op, bool)
	graph  *Graph
	values map[string]*Value
}

// line reads one line, which is not empty.
func (p *parser) line() error {
	if p.graph == nil {
		if err := p.header(); err != nil {
			return err
		}
		return p.end()
	}
	name, err := p.word("the name of a value")
	if err != nil {
		return err
	}
	var read func() error
	switch {
	case p.accept("="):
		read = func() error { return p.definition(name) }
	case name == "output":
		read = p.output
	case name == "update":
		read = p.update
	default:
		return p.expect("=")
	}
	if err := read(); err != nil {
		return err
	}
	return p.end()
}

// end checks that nothing is left of the line.
func (p *parser) end() error {
	if p.rest() != "" {
		return fmt.Errorf("expected the end of the line, found %s", p.found())
	}
	return nil
}

// header reads: graph VNet inference batch 1.
func (p *parser) header() error {
	if err := p.expect("graph"); err != nil {
		return err
	}
	name, err := p.name("the name of the graph")
	if err != nil {
		return err
	}
	mode, err := p.word("inference or training")
	if err != nil {
		return err
	}
	if err := p.expect("batch"); err != nil {
		return err
	}
	batch, err := p.integer()
	p.graph = &Graph{Name: name, Mode: Mode(mode), Batch: batch}
	return err
}

// definition reads what follows "name =" on the line of a value.
func (p *parser) definition(name string) error {
	if p.values[name] != nil {
		return fmt.Errorf("%s is defined twice", name)
	}
	kind, err := p.word("the kind of an op")
	if err != nil {
		return err
	}
	op, ok := p.lookup(kind)
	if !ok {
		return fmt.Errorf("there is no op %q", kind)
	}
	v := &Value{ID: len(p.graph.Values), Name: name}
	if p.accept("(") {
		if v.Args, err = list(&p.scanner, p.reference); err != nil {
			return err
		}
		if err := p.expect(")"); err != nil {
			return err
		}
	}
	attrs, err := p.attributes(op, v)
	if err != nil {
		return err
	}
	if v.Type.DType, err = p.dtype(); err != nil {
		return err
	}
	if v.Type.Axes, err = p.axes(); err != nil {
		return err
	}
	if axes, ok := axesAttribute(op); ok && attrs[axes.Name] == nil {
		attrs[axes.Name] = v.Type.Axes
	}
	if v.Op, err = WithAttributes(op, attrs); err != nil {
		return err
	}
	if p.accept("#") {
		if v.At, err = p.positions(); err != nil {
			return err
		}
	}
	p.graph.Values = append(p.graph.Values, v)
	p.values[name] = v
	return nil
}

// attributes reads the attributes of an op and the stage of its value, up to the type.
func (p *parser) attributes(op Op, v *Value) (map[string]any, error) {
	attrs := map[string]any{}
	for {
		name := p.peekWord()
		if name == "" || strings.HasPrefix(p.rest()[len(name):], "[") {
			return attrs, nil
		}
		p.at += len(name)
		if name == "stage" {
			stage, err := p.name("the name of a stage")
			if err != nil {
				return nil, err
			}
			v.Stage = stage
			continue
		}
		field, ok := fieldOf(reflect.ValueOf(op), name)
		if !ok {
			return nil, fmt.Errorf("%s has no attribute %q; it has %s", op.Kind(), name, attributeNames(op))
		}
		if _, ok := attrs[name]; ok {
			return nil, fmt.Errorf("the attribute %s stands twice", name)
		}
		value, err := p.value(field.Type())
		if err != nil {
			return nil, fmt.Errorf("the attribute %s: %w", name, err)
		}
		attrs[name] = value
	}
}

// positions reads what follows "#".
func (p *parser) positions() ([]source.Position, error) {
	var at []source.Position
	for {
		position, err := p.position()
		if err != nil {
			return nil, err
		}
		at = append(at, position)
		if !p.accept("<") {
			return at, nil
		}
	}
}

// reference reads the name of a value that stands above.
func (p *parser) reference() (*Value, error) {
	name, err := p.word("the name of a value")
	if err != nil {
		return nil, err
	}
	v, ok := p.values[name]
	if !ok {
		return nil, fmt.Errorf("no value %q stands above", name)
	}
	return v, nil
}

// output reads what follows "output".
func (p *parser) output() error {
	name, err := p.name("the name of an output")
	if err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	v, err := p.reference()
	p.graph.Outputs = append(p.graph.Outputs, Output{name, v})
	return err
}

// update reads what follows "update".
func (p *parser) update() error {
	target, err := p.reference()
	if err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	v, err := p.reference()
	p.graph.Updates = append(p.graph.Updates, Update{target, v})
	return err
}
