package repl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// console reads lines from a terminal, with editing, history, and names that Tab completes. The terminal is raw only
// while a line is read, so that Ctrl-C is a signal while something is evaluated.
type console struct {
	in          *os.File
	out         io.Writer
	names       func() []string
	line        *term.Terminal
	interrupted bool // by Ctrl-C, while a line was read
}

// console returns the terminal that the session's input is, or nil.
func (s *session) console() *console {
	in, ok := s.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	c := &console{in: in, out: s.Out, names: s.env.Names}
	c.begin()
	return c
}

// begin makes a new line editor, which keeps the history of the last one.
func (c *console) begin() {
	line := term.NewTerminal(c, "")
	if c.line != nil {
		line.History = c.line.History
	}
	line.AutoCompleteCallback = c.complete
	c.line = line
}

// Read gives the editor what is typed.
func (c *console) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.interrupted = bytes.IndexByte(p[:n], 3) >= 0
	return n, err
}

// Write shows what the editor draws.
func (c *console) Write(p []byte) (int, error) { return c.out.Write(p) }

func (c *console) readLine(prompt string) (string, error) {
	fd := int(c.in.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return "", fmt.Errorf("set up the terminal: %w", err)
	}
	defer term.Restore(fd, state)
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		_ = c.line.SetSize(width, height) // its error is that of drawing, which reading meets again
	}
	c.line.SetPrompt(prompt)
	c.interrupted = false
	text, err := c.line.ReadLine()
	switch {
	case err == io.EOF && c.interrupted: // the editor does not tell Ctrl-C from Ctrl-D, and keeps the line
		c.begin()
		fmt.Fprint(c.out, "^C\r\n")
		return "", errInterrupted
	case errors.Is(err, term.ErrPasteIndicator):
		err = nil
	}
	return text, err
}

// complete puts in the rest of the name before the cursor, as far as all names that begin so agree.
func (c *console) complete(line string, at int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	begin := at
	for begin > 0 && nameByte(line[begin-1]) {
		begin--
	}
	typed, common, found := line[begin:at], "", false
	for _, name := range c.names() {
		if typed == "" || !strings.HasPrefix(name, typed) {
			continue
		}
		if !found {
			common, found = name, true
		}
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	if !found {
		return "", 0, false
	}
	return line[:begin] + common + line[at:], begin + len(common), true
}

func nameByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
