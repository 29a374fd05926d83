package syntax

// chunk is the tokens of one import or declaration, or of what stands where one should.
type chunk []token

// split cuts the tokens of a file into chunks. Where brackets are in order, a chunk begins at what can only begin a
// declaration outside of all brackets. Where they are not, a declaration at the very beginning of a line is taken for
// what it looks like, so that a bracket left open does not swallow the rest of the file. So is one behind tokens that
// begin no declaration, which go on to the next beginning of a line: one mistake is one chunk.
func split(tokens []token) []chunk {
	var chunks []chunk
	for len(tokens) > 0 {
		n := chunkLength(tokens)
		chunks = append(chunks, tokens[:n])
		tokens = tokens[n:]
	}
	return chunks
}

func chunkLength(tokens []token) int {
	braces, others := 0, 0 // how many are open
	known := beginsDecl(tokens) || beginsConstant(tokens)
	braced := beginsDecl(tokens) && tokens[0].Value != "import"
	for i, t := range tokens {
		outside := braces <= 0 && others <= 0
		margin := t.Pos.Column == 1
		switch {
		case i == 0:
		case beginsDecl(tokens[i:]) && (outside || margin):
			return i
		case beginsConstant(tokens[i:]) && (outside && (known && !braced || margin) || margin && braces <= 0 && !braced):
			return i
		}
		switch t.Value {
		case "(", "[":
			others++
		case ")", "]":
			others--
		case "{":
			braces++
		case "}":
			braces, others = braces-1, 0
			if braced && braces <= 0 {
				return i + 1
			}
		}
	}
	return len(tokens)
}

// beginsDecl reports whether tokens begin an import or a declaration with a keyword.
func beginsDecl(tokens []token) bool {
	if len(tokens) < 2 {
		return false
	}
	switch tokens[0].Value {
	case "import":
		return tokens[1].Type == stringToken
	case "model", "block", "data", "train":
		return tokens[1].Type == identToken
	}
	return false
}

// beginsConstant reports whether tokens begin with a name and =.
func beginsConstant(tokens []token) bool {
	return len(tokens) >= 2 && tokens[0].Type == identToken && tokens[1].Value == "="
}
