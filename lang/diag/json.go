package diag

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/vnlang/vn/lang/source"
)

// Message is a Diagnostic as --json prints it.
type Message struct {
	Code     Code     `json:"code"`
	Severity string   `json:"severity"` // "error" or "warning"
	Summary  string   `json:"summary"`
	At       *Place   `json:"at,omitempty"`
	Label    string   `json:"label,omitempty"`
	Notes    []Remark `json:"notes,omitempty"`
	Help     string   `json:"help,omitempty"`
}

// Remark is a Note as --json prints it.
type Remark struct {
	Text string `json:"text"`
	At   *Place `json:"at,omitempty"`
}

// Place is a span as --json prints it. Lines and columns count from 1, columns count bytes; the end is the first byte
// behind the span.
type Place struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
}

// WriteJSON writes diagnostics as one array of Message, empty where there are none.
func WriteJSON(w io.Writer, l List) error {
	out := make([]Message, len(l))
	for i, d := range l {
		m := Message{Code: d.Code, Severity: d.severity(), Summary: d.Summary, At: place(d.At), Label: d.Label, Help: d.Help}
		for _, n := range d.Notes {
			m.Notes = append(m.Notes, Remark{n.Text, place(n.At)})
		}
		out[i] = m
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("writing diagnostics as JSON: %w", err)
	}
	return nil
}

func place(s source.Span) *Place {
	if !s.Known() {
		return nil
	}
	p := &Place{File: s.File.Name}
	p.Line, p.Column = s.File.Position(s.Start)
	p.EndLine, p.EndColumn = s.File.Position(max(s.Start, s.End))
	return p
}
