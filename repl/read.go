package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/lang/syntax"
)

// The prompts of an interactive session.
const (
	prompt = "> "
	more   = ". "
)

// maxInput bounds a script, and a line of an interactive session.
const maxInput = 4 << 20

// The bounds of one statement, which is parsed anew with each line that may complete it.
const (
	maxStatement = 256 << 10 // bytes
	maxLines     = 1000
)

// script runs the input, to the first error.
func (s *session) script() error {
	text, err := io.ReadAll(io.LimitReader(s.In, maxInput+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.Name, err)
	}
	if len(text) > maxInput {
		return s.fail("%s has more than %s: it is no script", s.Name, units.Bytes(maxInput))
	}
	lines := strings.Split(string(text), "\n")
	for begin := 0; begin < len(lines); {
		end := s.end(lines, begin)
		if err := s.execute(strings.Join(lines[begin:end], "\n"), begin+1); err != nil {
			return err
		}
		begin = end
	}
	return nil
}

// end returns the line before which a statement of a script ends. Unlike a file, a script holds expressions alone, to
// which a line that begins with a bracket or a sign would belong; so a line goes on with the one before only where it
// must, where it is indented, and where it begins with what cannot begin a statement.
func (s *session) end(lines []string, begin int) int {
	end := begin + 1
	if isCommand(lines[begin]) {
		return end
	}
	for end < len(lines) && !isCommand(lines[end]) {
		if !goesOn(lines[end]) && !s.incomplete(strings.Join(lines[begin:end], "\n")) {
			break
		}
		end++
	}
	return end
}

// goesOn reports whether a line of a script belongs to the one before it by its looks.
func goesOn(line string) bool {
	for _, start := range []string{" ", "\t", "}", "]", ")", "|>", "else"} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return strings.TrimSpace(line) == ""
}

// lineReader gives the lines of an interactive session, without their ends. Its error is io.EOF at the end, and
// errInterrupted where a line was given up.
type lineReader interface {
	readLine(prompt string) (string, error)
}

// interact reads a statement, runs it, and goes on.
func (s *session) interact() error {
	lines := s.lineReader()
	for {
		first := s.lines + 1
		text, err := s.statement(lines)
		switch {
		case err == io.EOF && text == "":
			fmt.Fprintln(s.Out)
			return nil
		case errors.Is(err, errInterrupted):
			continue
		case err != nil && err != io.EOF:
			return fmt.Errorf("read %s: %w", s.Name, err)
		}
		if err := s.execute(text, first); err != nil && !errors.Is(err, ErrFailed) {
			return err
		}
	}
}

// statement reads lines until they are a whole statement, or two empty lines follow each other.
func (s *session) statement(lines lineReader) (string, error) {
	text, show := "", prompt
	for {
		line, err := lines.readLine(show)
		if err != nil {
			return text, err
		}
		s.lines++
		whole := strings.HasSuffix(text, "\n\n") && line == ""
		text += line
		if whole || !s.incomplete(text) {
			return text, nil
		}
		text, show = text+"\n", more
	}
}

// incomplete reports whether a statement wants more lines: a bracket is open, an operator waits for its right side, or
// it is a doc comment as yet.
func (s *session) incomplete(text string) bool {
	if isCommand(text) || len(text) > maxStatement || strings.Count(text, "\n") > maxLines {
		return false
	}
	if last := text[strings.LastIndexByte(text, '\n')+1:]; strings.HasPrefix(strings.TrimSpace(last), "///") {
		return true
	}
	script, _ := syntax.ParseScript(s.file(text, 1))
	return script.Incomplete
}

// lineReader returns a reader with editing and history where the input is a terminal.
func (s *session) lineReader() lineReader {
	if c := s.console(); c != nil {
		fmt.Fprintln(s.Out, ":help lists what there is; Ctrl-C stops an evaluation, Ctrl-D leaves.")
		return c
	}
	scanner := bufio.NewScanner(s.In)
	scanner.Buffer(nil, maxInput)
	return &plainReader{scanner, s.Out}
}

// plainReader reads lines as they come.
type plainReader struct {
	in  *bufio.Scanner
	out io.Writer
}

func (r *plainReader) readLine(prompt string) (string, error) {
	fmt.Fprint(r.out, prompt)
	if r.in.Scan() {
		return r.in.Text(), nil
	}
	if err := r.in.Err(); err != nil {
		return "", err
	}
	return "", io.EOF
}
