package syntax

import "strings"

// join puts lines together: bindings that stand below each other have their = in one column, comments likewise.
func join(lines []line) string {
	texts := make([]string, len(lines))
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && lines[i].head != "" && lines[j].head != "" && neighbours(lines[j-1], lines[j]) {
			j++
		}
		alignBindings(lines[i:j], texts[i:j])
		i = j
	}
	var b strings.Builder
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && lines[j-1].comment != "" && lines[j].comment != "" && !lines[j].blank {
			j++
		}
		alignComments(lines[i:j], texts[i:j])
		i = j
	}
	for i, l := range lines {
		if l.blank {
			b.WriteByte('\n')
		}
		b.WriteString(texts[i] + "\n")
	}
	return b.String()
}

// neighbours reports whether a line stands directly below another of the same body.
func neighbours(above, below line) bool {
	return !below.blank && above.indent == below.indent
}

// alignBindings sets the texts of lines that are all bindings, or of one line that may be none. Where a line would grow
// too long, nothing is aligned.
func alignBindings(lines []line, texts []string) {
	heads := 0
	for _, l := range lines {
		heads = max(heads, len(l.head))
	}
	for _, padded := range []bool{true, false} {
		long := false
		for i, l := range lines {
			texts[i] = strings.Repeat(tab, l.indent)
			if l.head != "" {
				texts[i] += l.head
				if padded {
					texts[i] += strings.Repeat(" ", heads-len(l.head))
				}
				texts[i] += " = "
			}
		}
		for i := 0; i < len(lines); {
			j := i + 1
			for j < len(lines) && lines[i].shape != "" && lines[j].shape == lines[i].shape {
				j++
			}
			alignPipes(lines[i:j], texts[i:j], padded)
			i = j
		}
		for i, l := range lines {
			long = long || l.head != "" && runes(texts[i]) > lineWidth
		}
		if !long {
			return
		}
	}
}

// alignPipes adds the values of bindings that are piped into the same blocks.
func alignPipes(lines []line, texts []string, padded bool) {
	for k := range lines[0].parts {
		widest := 0
		for _, l := range lines {
			widest = max(widest, runes(l.parts[k]))
		}
		for i, l := range lines {
			if k > 0 {
				texts[i] += " "
			}
			texts[i] += l.parts[k]
			if padded && k < len(l.parts)-1 {
				texts[i] += strings.Repeat(" ", widest-runes(l.parts[k]))
			}
		}
	}
}

// alignComments adds the comments behind neighbouring lines, in one column. One alone keeps its distance.
func alignComments(lines []line, texts []string) {
	column := 0
	for _, t := range texts {
		column = max(column, endColumn(t, 0)+2)
	}
	for i, l := range lines {
		if l.comment == "" {
			continue
		}
		gap := l.gap
		if len(lines) > 1 {
			gap = column - endColumn(texts[i], 0)
		}
		texts[i] += strings.Repeat(" ", gap) + l.comment
	}
}
