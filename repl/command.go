package repl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/spell"
)

// command is a line that begins with a colon.
type command struct {
	name, takes string
	doc         string
	run         func(s *session, in argument) error
}

// argument is what stands behind a command, and where.
type argument struct {
	text         string
	line, column int // the line's number; the bytes before the text
}

// commands holds every command. Any beginning of a name that no other begins with is the name.
var commands []command

func init() { // not a literal: :help reads the table
	commands = []command{
		{"help", "[NAME]", "what a block, a value or a command is", (*session).help},
		{"load", "FILE", "declare what a .vn file declares", (*session).loadCommand},
		{"vars", "", "the names of this session and their values", (*session).vars},
		{"eval", "EXPR", "compute with the CPU engine", (*session).evaluateCommand},
		{"cost", "EXPR", "parameters, arithmetic and memory of a tensor", (*session).costCommand},
		{"graph", "EXPR", "the graph that makes a tensor", (*session).graphCommand},
		{"seed", "N", "draw initial values and random numbers from another seed", (*session).setSeed},
		{"quit", "", "end the session; so does Ctrl-D", func(*session, argument) error { return errQuit }},
	}
}

// isCommand reports whether a line is a command and no statement.
func isCommand(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), ":") }

// command runs a command.
func (s *session) command(text string, line int) error {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	c, err := findCommand(strings.TrimPrefix(word, ":"))
	if err != nil {
		return s.fail("%v", err)
	}
	if rest == "" && c.takes != "" && !strings.HasPrefix(c.takes, "[") {
		return s.fail(":%s wants more: :%s %s", c.name, c.name, c.takes)
	}
	if rest != "" && c.takes == "" {
		return s.fail(":%s stands alone on its line", c.name)
	}
	return c.run(s, argument{rest, line, len(text) - len(rest)})
}

// findCommand returns the command with a name, or with the only name that begins so.
func findCommand(name string) (*command, error) {
	var names []string
	var found []*command
	for i, c := range commands {
		names = append(names, c.name)
		if name != "" && strings.HasPrefix(c.name, name) {
			found = append(found, &commands[i])
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	text := fmt.Sprintf("there is no command :%s", name)
	if near, ok := spell.Nearest(name, names); ok {
		return nil, errors.New(text + "\nhelp: did you mean :" + near + "?")
	}
	return nil, errors.New(text + "\nhelp: :help lists the commands")
}

func (s *session) loadCommand(in argument) error {
	names, err := s.load(strings.Trim(in.text, `"`))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{"nothing: the file declares nothing"}
	}
	fmt.Fprintln(s.Out, "loaded "+strings.Join(names, ", "))
	return nil
}

// load declares in the session what a file declares.
func (s *session) load(path string) ([]string, error) {
	names, found := s.env.Load(path)
	return names, s.report(found)
}

// vars lists what the session's names hold.
func (s *session) vars(argument) error {
	names := s.env.Bound()
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	for _, name := range names {
		text := "a declaration"
		if v, ok := s.env.Lookup(name); ok {
			text = v.String()
		}
		fmt.Fprintf(s.Out, "%-*s  %s\n", width, name, text)
	}
	return nil
}

func (s *session) evaluateCommand(in argument) error {
	v, err := s.expression(in.text, in.line, in.column)
	if err != nil {
		return err
	}
	tensors := []*eval.Tensor{}
	switch v := v.(type) {
	case *eval.Tensor:
		tensors = append(tensors, v)
	case *eval.List:
		for _, item := range v.Items {
			if t, ok := item.Value.(*eval.Tensor); ok {
				tensors = append(tensors, t)
			}
		}
	}
	if len(tensors) == 0 {
		fmt.Fprintln(s.Out, v)
		return nil
	}
	results, err := s.evaluate(tensors)
	for i, data := range results {
		s.showElements(tensors[i], data)
	}
	return err
}

// tensor computes an expression that must be a tensor.
func (s *session) tensor(in argument) (*eval.Tensor, error) {
	v, err := s.expression(in.text, in.line, in.column)
	if err != nil {
		return nil, err
	}
	t, ok := v.(*eval.Tensor)
	if !ok {
		return nil, s.fail("a tensor is wanted here, but this is %s", v.Kind())
	}
	return t, nil
}

// costCommand shows what it takes to make a tensor, in sum and by primitive.
func (s *session) costCommand(in argument) error {
	t, err := s.tensor(in)
	if err != nil {
		return err
	}
	c, err := s.cost(t)
	if err != nil {
		return err
	}
	counts, sums := map[string]int{}, map[string]int64{}
	var kinds []string
	for _, v := range c.graph.Values {
		if n := flops(v); n > 0 {
			kind := v.Op.Kind()
			if counts[kind] == 0 {
				kinds = append(kinds, kind)
			}
			counts[kind]++
			sums[kind] += n
		}
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return cmp.Compare(sums[b], sums[a]) })
	fmt.Fprintf(s.Out, "%s\n  parameters       %d\n  FLOPs            %s\n", t, c.report.Parameters, count(c.report.FLOPs))
	for _, kind := range kinds {
		fmt.Fprintf(s.Out, "    %-14s %s, %s\n", kind, count(sums[kind]), plural(counts[kind], "time"))
	}
	if field := c.field(); field != "" {
		fmt.Fprintf(s.Out, "  receptive field  %s\n", field)
	}
	need, err := s.memory(c.graph)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "  memory           %s\n", units.Bytes(need))
	return nil
}

func (s *session) graphCommand(in argument) error {
	t, err := s.tensor(in)
	if err != nil {
		return err
	}
	g, err := s.cut(t)
	if err != nil {
		return err
	}
	return g.Print(s.Out)
}

func (s *session) setSeed(in argument) error {
	n, err := strconv.ParseUint(in.text, 10, 64)
	if err != nil {
		return s.fail("a seed is a whole number that is not negative, not %s", in.text)
	}
	s.seed = n
	return nil
}
