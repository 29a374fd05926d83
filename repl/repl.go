// Package repl is the interactive session: the language, statement by statement.
//
// The session is a caller of the front end with an environment that stays: each line, or each group of lines while a
// bracket is open, is parsed as a script, and its items are run one after the other by the elaborator that also runs
// models. Tensors are symbolic here as there. What a statement makes is appended to one graph; an expression alone
// shows what it is, a tensor with what it takes to make it. An error leaves the environment and the graph as they were.
//
// To evaluate a tensor, the part of the graph that makes it is cut out, optimised, planned and run by the CPU engine,
// exactly as a model is. Parameters have their initial values, which depend on their names and the session's seed.
// Data comes in by two builtins that only a session has: volume("case.mhd") reads an image, literal([[1, 2], [3, 4]])
// takes the numbers from the text. Inputs made by tensor([1, 64, 64, 32]) have a shape and no data.
//
// Lines that begin with a colon are commands, listed by :help. Input that is not interactive is a script: there is no
// prompt, expressions alone still show their values, and the first error ends it.
package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
	"github.com/vnlang/vn/stdlib"
)

// Options say how a session is held.
type Options struct {
	In          io.Reader
	Out, Err    io.Writer // values; diagnostics
	Interactive bool      // with prompts, going on after errors; where In is a terminal, with line editing and history
	Name        string    // what messages call the input; "session" where it is empty. Imports are relative to its folder
	File        string    // a program whose declarations are loaded first; none where it is empty
	Threads     int       // of the CPU engine; 0 is one for each core
	Memory      int64     // bytes that one evaluation may take; 0 is 8 GiB
	Color       bool      // diagnostics with the colours of an ANSI terminal
}

// defaultMemory bounds an evaluation, so that a slip in a size gives an error instead of an exhausted machine.
const defaultMemory = 8 << 30

// ErrFailed is what Run returns when a script stopped at an error, which it has written to Options.Err.
var ErrFailed = errors.New("the script stopped at an error")

// errQuit ends a session.
var errQuit = errors.New("quit")

// session is a session that is held.
type session struct {
	Options
	ctx   context.Context
	env   *eval.Session
	graph *graph
	seed  uint64
	lines int // that were read
}

// Run holds a session until its input ends or :quit. Its error is ErrFailed, the context's, or that of reading the
// input; an interactive session goes on after errors and returns nil. Where an interactive session evaluates, an
// interrupt (Ctrl-C) stops the evaluation alone: the context must not be one that ends by it.
func Run(ctx context.Context, o Options) error {
	s, err := open(ctx, o)
	if err == nil && o.Interactive {
		err = s.interact()
	} else if err == nil {
		err = s.script()
	}
	switch {
	case errors.Is(err, errQuit):
		return nil
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

// open begins a session.
func open(ctx context.Context, o Options) (*session, error) {
	if o.Name == "" {
		o.Name = "session"
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	s := &session{Options: o, ctx: ctx, graph: newGraph()}
	program, found := eval.Load(o.Name, s.read(), stdlib.FS, nil)
	if found.HasErrors() {
		return nil, s.report(found)
	}
	s.env = program.Session(eval.Options{Graph: s.graph})
	for _, src := range s.graph.sources() {
		s.env.Add(src)
	}
	if o.File != "" {
		if _, err := s.load(o.File); err != nil && !o.Interactive {
			return nil, err
		}
	}
	return s, nil
}

// read returns a reader of files; the first text that it is asked for is the session's own, which is empty as yet.
func (s *session) read() eval.Reader {
	begun := false
	return func(path string) (string, error) {
		if !begun {
			begun = true
			return "", nil
		}
		text, err := os.ReadFile(path)
		return string(text), err
	}
}

// execute runs a command or statements, whose first line has the given number.
func (s *session) execute(text string, line int) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	defer func() { s.graph.keep(s.env.Tensors()) }()
	if isCommand(text) {
		return s.command(strings.TrimSpace(text), line)
	}
	script, found := syntax.ParseScript(s.file(text, line))
	if found.HasErrors() {
		return s.report(found)
	}
	for _, item := range script.Items {
		results, err := s.attempt(&syntax.Script{Source: script.Source, Items: []syntax.Node{item}})
		if err != nil {
			return err
		}
		for _, r := range results {
			s.showResult(r)
		}
	}
	return nil
}

// attempt runs a script. Where that fails it says why, and nothing has changed.
func (s *session) attempt(script *syntax.Script) ([]eval.Result, error) {
	undo := s.graph.begin()
	results, found := s.env.Attempt(script)
	if found.HasErrors() {
		undo()
	}
	return results, s.report(found)
}

// expression computes the expression that a command is given. The text stands in the line from the column on.
func (s *session) expression(text string, line, column int) (eval.Value, error) {
	script, found := syntax.ParseScript(s.file(strings.Repeat(" ", column)+text, line))
	if found.HasErrors() {
		return nil, s.report(found)
	}
	if len(script.Items) != 1 {
		return nil, s.fail("an expression is wanted here, such as a name")
	}
	if _, ok := script.Items[0].(*syntax.Do); !ok {
		return nil, s.fail("an expression is wanted here, not a statement")
	}
	results, err := s.attempt(script)
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return eval.Nothing{}, nil
	}
	return results[0].Value, nil
}

// file returns a text as a source whose lines have the numbers that they have in the session.
func (s *session) file(text string, line int) *source.File {
	return source.NewFile(s.Name, strings.Repeat("\n", line-1)+text)
}

// report shows what was found; it returns ErrFailed where that holds errors.
func (s *session) report(found diag.List) error {
	if err := diag.Render(s.Err, found, diag.Options{Color: s.Color}); err != nil {
		return fmt.Errorf("write diagnostics: %w", err)
	}
	if found.HasErrors() {
		return ErrFailed
	}
	return nil
}

// fail reports what is wrong with a command.
func (s *session) fail(format string, args ...any) error {
	fmt.Fprintf(s.Err, "error: "+format+"\n", args...)
	return ErrFailed
}

// cut returns the part of the session's graph that makes tensors.
func (s *session) cut(tensors ...*eval.Tensor) (*ir.Graph, error) {
	g, err := s.graph.cut(tensors)
	if err != nil {
		return nil, s.fail("%v", err)
	}
	return g, nil
}
