package repl

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/spell"
)

// help shows what a name is: the signature with the defaults and the doc comment of a block, a value, a command.
// Without a name it lists what there is.
func (s *session) help(in argument) error {
	name := in.text
	switch {
	case name == "":
		s.overview()
		return nil
	case strings.HasPrefix(name, ":"):
		c, err := findCommand(name[1:])
		if err != nil {
			return s.fail("%v", err)
		}
		fmt.Fprintf(s.Out, ":%s\n  %s\n", strings.TrimSpace(c.name+" "+c.takes), c.doc)
		return nil
	}
	v, ok := s.env.Lookup(name)
	if !ok {
		text := fmt.Sprintf("nothing is called %s", name)
		if near, ok := spell.Nearest(name, s.env.Names()); ok {
			text += "\nhelp: did you mean " + near + "?"
		}
		return s.fail("%s", text)
	}
	b, ok := v.(*eval.Block)
	if !ok {
		fmt.Fprintf(s.Out, "%s = %s\n", name, v)
		return nil
	}
	fmt.Fprintln(s.Out, b.Signature())
	if text := b.String(); text != "block "+b.Signature() {
		fmt.Fprintln(s.Out, "  bound here: "+strings.TrimPrefix(text, "block "))
	}
	if at := b.At(); at.Known() && !builtin(b) {
		fmt.Fprintf(s.Out, "  declared at %s\n", at)
	}
	if doc := strings.TrimSpace(b.Doc()); doc != "" {
		fmt.Fprintln(s.Out, "  "+strings.ReplaceAll(doc, "\n", "\n  "))
	}
	return nil
}

func builtin(b *eval.Block) bool { return b.At().Known() && b.At().File.Name == "builtin" }

func library(b *eval.Block) bool {
	return b.At().Known() && strings.HasPrefix(b.At().File.Name, "stdlib/")
}

// overview lists the commands, the builtins and the blocks of the standard library.
func (s *session) overview() {
	fmt.Fprintln(s.Out, "Statements and expressions of the language, and commands, of which a beginning is enough:")
	for _, c := range commands {
		fmt.Fprintf(s.Out, "  :%-12s %s\n", strings.TrimSpace(c.name+" "+c.takes), c.doc)
	}
	var builtins, blocks []string
	for _, name := range s.env.Names() {
		v, _ := s.env.Lookup(name)
		b, ok := v.(*eval.Block)
		switch {
		case ok && builtin(b):
			builtins = append(builtins, name)
		case ok && library(b):
			blocks = append(blocks, name)
		}
	}
	s.list("Builtins", builtins)
	s.list("Standard library", blocks)
	fmt.Fprintln(s.Out, "A line goes on while a bracket is open; two empty lines end it.")
}

// list prints names in lines of a terminal's width.
func (s *session) list(title string, names []string) {
	line := title + ":"
	for _, name := range names {
		if len(line)+len(name) > 78 {
			fmt.Fprintln(s.Out, line)
			line = " "
		}
		line += " " + name
	}
	fmt.Fprintln(s.Out, line)
}
