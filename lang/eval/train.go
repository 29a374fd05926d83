package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// Train is a train declaration: how a model is trained.
type Train struct {
	Model           string
	Doc             string
	Data            *Data   // nil without "on"
	Optimizer       *Block  // with its settings bound
	Batch           int     // samples in a step
	Iterations      int     // steps
	Validation      float64 // the part of the cases that is kept for validation
	Seed            uint64
	CheckpointEvery int // steps between checkpoints
	ValidateEvery   int // steps between validations; 0 where there are none
	At              source.Span

	decl      *syntax.Train
	optimizer *syntax.Setting
	loss      *syntax.Setting
}

var trainSettings = []string{"loss", "optimizer", "batch", "iterations", "validation", "seed", "checkpoint_every", "validate_every"}

// Train evaluates the train declaration of a model in the main file. It is nil where there is none.
// What the loss and the optimizer emit is checked by Model.Loss and Model.Optimize.
func (p *Program) Train(model string) (*Train, diag.List) {
	for _, d := range p.main.tree.Decls {
		if t, ok := d.(*syntax.Train); ok && t.Model.Text == model {
			e := p.settingsMachine()
			return e.train(t), e.found
		}
	}
	return nil, diag.List{{Code: "train/none", At: source.Span{File: p.main.source},
		Summary: fmt.Sprintf("%s does not say how `%s` is trained", p.main.source.Name, model),
		Help:    fmt.Sprintf("write train %s on DATA { loss = ... optimizer = ... }", model)}}
}

// train evaluates a train declaration.
func (e *elaborator) train(decl *syntax.Train) *Train {
	t := &Train{Model: decl.Model.Text, Doc: decl.Doc, At: decl.Model.Span(), decl: decl}
	if b, ok := e.program.main.decls[t.Model].(*syntax.Block); !ok || !b.Model {
		if !slices.Contains(e.program.main.broken, t.Model) {
			e.fail("name/unknown", decl.Model, "there is no model `%s`", t.Model).Help =
				orElse(suggest(t.Model, e.program.Models()), "the models here are "+enumerate(e.program.Models()))
		}
	}
	s := e.readSettings("train", "`train "+t.Model+"`", decl.Model.Span(), decl.Settings, trainSettings)
	t.Batch = s.int("batch", 1, 1)
	t.Iterations = s.int("iterations", 1, 10000)
	t.Validation = s.fraction("validation", 0)
	t.Seed = uint64(s.int("seed", 0, 0))
	t.CheckpointEvery = s.int("checkpoint_every", 1, 500)
	t.ValidateEvery = s.int("validate_every", 0, 500)
	if t.loss = s.byName["loss"]; t.loss == nil {
		s.missing("loss", "loss = dice(output[1], label)")
	}
	if t.optimizer = s.byName["optimizer"]; t.optimizer == nil {
		s.missing("optimizer", "optimizer = sgd(rate: 1e-4, momentum: 0.99)")
	} else {
		t.Optimizer = e.optimizerBlock(s, t.optimizer)
	}
	if decl.Data != nil {
		t.Data = e.trainData(decl.Data)
	}
	return t
}

// trainData evaluates the data that a model is trained on.
func (e *elaborator) trainData(name *syntax.Name) *Data {
	if d, ok := e.program.main.decls[name.Text].(*syntax.Data); ok {
		return e.data(d)
	}
	if !slices.Contains(e.program.main.broken, name.Text) {
		names := e.program.dataNames()
		e.fail("name/unknown", name, "there is no data `%s`", name.Text).Help =
			orElse(suggest(name.Text, names), "the data declared here are "+enumerate(names))
	}
	return nil
}

// optimizerTensors are what an optimizer may ask for.
var optimizerTensors = []string{"weight", "gradient", "step"}

// optimizerBlock evaluates the optimizer and checks what it asks for.
func (e *elaborator) optimizerBlock(s *settingsOf, set *syntax.Setting) *Block {
	v, _, ok := s.value("optimizer", "block")
	if !ok {
		return nil
	}
	b, ok := v.(*Block)
	if !ok || b.run != nil || b.decl.Model {
		e.fail("train/optimizer", set.Value, "an optimizer is a block of weight, gradient and step, but this is %s", describe(v)).Help =
			"write optimizer = sgd(rate: 1e-4)"
		return nil
	}
	for _, p := range b.decl.Params {
		name := p.Name.Text
		if isTensorParam(p) && !slices.Contains(optimizerTensors, name) {
			d := e.fail("train/optimizer", set.Value, "`%s` is no optimizer: it asks for `%s`", b.Name(), name)
			d.Help = "an optimizer is a block of weight, gradient and step, such as sgd or adam"
			d.Notes = append(d.Notes, e.declaration(b))
			return nil
		}
		if !isTensorParam(p) && p.Default == nil && b.bound[name] == nil {
			d := e.fail("call/missing", set.Value, "`%s` also needs `%s`", b.Name(), name)
			d.Help = "add it: " + completed(set.Value, []string{name})
			d.Notes = append(d.Notes, e.declaration(b))
			return nil
		}
	}
	return b
}
