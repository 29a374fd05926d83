package volume

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// metaPiece is a part of a MetaImage's voxels, in one file.
type metaPiece struct {
	path   string
	offset int64 // where the voxels begin
	stored int64 // bytes from there to their end
	voxels int
}

// readMetaImage reads a MetaImage by its header, .mhd or .mha.
func readMetaImage(path string) (*Volume, error) {
	h, err := openMetaHeader(path)
	if err != nil {
		return nil, err
	}
	pieces, err := h.pieces(path)
	if err != nil {
		return nil, err
	}
	for i := range pieces {
		if err := h.locate(&pieces[i]); err != nil {
			return nil, err
		}
	}
	c := collector{Geometry: h.Geometry, kind: h.kind, order: h.order, slope: 1}
	c.reserve(!h.compressed && !h.ascii)
	for _, piece := range pieces {
		if err := h.readPiece(&c, piece); err != nil && piece.path != path {
			return nil, fmt.Errorf("data file %s: %w", piece.path, err)
		} else if err != nil {
			return nil, err
		}
	}
	return c.volume(), nil
}

func openMetaHeader(path string) (*metaHeader, error) {
	file, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parseMetaHeader(file)
}

// split returns how many data files hold the image, and how many voxels each holds: ElementDataFile may give every
// slice, or with LIST every part of a given number of axes, a file of its own.
func (h *metaHeader) split() (files, voxels int, err error) {
	axes := len(h.dims)
	if words := strings.Fields(h.dataFile); words[0] == "LIST" {
		axes = len(h.dims) - 1
		if len(words) > 1 {
			axes, err = strconv.Atoi(words[1])
			if err != nil || axes < 1 || axes > len(h.dims) || len(words) > 2 {
				return 0, 0, fmt.Errorf("ElementDataFile = %.80s: the number after LIST must be that of each file's axes, from 1 to %d", h.dataFile, len(h.dims))
			}
		}
	} else if metaPattern.MatchString(h.dataFile) {
		axes = len(h.dims) - 1
	}
	files, voxels = 1, 1
	for axis, size := range h.dims {
		if axis < axes {
			voxels *= size
		} else {
			files *= size
		}
	}
	return files, voxels, nil
}

// maxMetaFiles bounds the names that a pattern makes: a size of billions must not make billions of names.
const maxMetaFiles = 1 << 16

// metaPattern is the one conversion, such as %03d, that makes ElementDataFile a pattern.
var metaPattern = regexp.MustCompile(`%[0-9]{0,2}[diu]`)

// pieces returns the parts of the image in order, each in a file in the header's directory or below it.
func (h *metaHeader) pieces(header string) ([]metaPiece, error) {
	files, voxels, err := h.split()
	if err != nil {
		return nil, err
	}
	if voxels > math.MaxInt/16 {
		return nil, fmt.Errorf("DimSize asks for %s voxels, which is more than memory can hold: correct it", formatSize(h.Size))
	}
	if strings.EqualFold(h.dataFile, "local") {
		return []metaPiece{{path: header, offset: max(h.skip, h.end), voxels: voxels}}, nil
	}
	names := []string{h.dataFile}
	if h.list != nil {
		names = h.list
	} else if metaPattern.MatchString(h.dataFile) {
		if names, err = h.patternNames(files); err != nil {
			return nil, err
		}
	}
	pieces := make([]metaPiece, len(names))
	seen := map[string]bool{}
	for i, name := range names {
		local := filepath.FromSlash(name)
		if !filepath.IsLocal(local) {
			return nil, fmt.Errorf("ElementDataFile names %.200q: it must be relative to the header and stand in its directory or below; move the data file beside the header and write its bare name", name)
		}
		pieces[i] = metaPiece{path: filepath.Join(filepath.Dir(header), local), offset: max(h.skip, 0), voxels: voxels}
		if seen[pieces[i].path] {
			return nil, fmt.Errorf("ElementDataFile names %.200q twice: every part of the image needs a file of its own", name)
		}
		seen[pieces[i].path] = true
	}
	if len(pieces) > 1 {
		h.compressedSize = 0 // it is that of one file
	}
	return pieces, nil
}

// patternNames expands "slice_%03d.raw [min [max [step]]]", with min and step 1 unless given.
func (h *metaHeader) patternNames(files int) ([]string, error) {
	words := strings.Fields(h.dataFile)
	var numbers []int
	for len(words) > 1 && len(numbers) < 3 {
		number, err := strconv.Atoi(words[len(words)-1])
		if err != nil {
			break
		}
		numbers = append([]int{number}, numbers...)
		words = words[:len(words)-1]
	}
	pattern := strings.Join(words, " ")
	first, step := 1, 1
	if len(numbers) > 0 {
		first = numbers[0]
	}
	if len(numbers) > 2 {
		step = numbers[2]
	}
	if len(numbers) > 1 {
		if last := numbers[1]; step < 1 || first < 0 || last < first || (last-first)/step+1 != files {
			return nil, fmt.Errorf("ElementDataFile = %.80s: the numbers do not name %d files, one for each slice of DimSize", h.dataFile, files)
		}
	}
	if strings.Count(pattern, "%") != 1 {
		return nil, fmt.Errorf("ElementDataFile = %.80s: a pattern has one number, such as %%03d", h.dataFile)
	}
	if files > maxMetaFiles {
		return nil, fmt.Errorf("DimSize asks for %d files of slices: correct it", files)
	}
	names := make([]string, files)
	for i := range names {
		names[i] = metaPattern.ReplaceAllStringFunc(pattern, func(conversion string) string {
			return fmt.Sprintf(conversion[:len(conversion)-1]+"d", first+i*step)
		})
	}
	return names, nil
}

// locate finds where a piece's voxels begin and end in its file, and checks that the file can hold them before any
// memory is taken for them.
func (h *metaHeader) locate(p *metaPiece) error {
	file, size, err := openRegular(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the data file %s, which ElementDataFile names, is not there: put it beside the header", p.path)
	}
	if err != nil {
		return err
	}
	file.Close()
	need := int64(p.voxels) * int64(h.kind.Bytes())
	if h.skip == -1 {
		p.offset = max(size-need, p.offset)
	}
	p.stored = max(size-p.offset, 0)
	if h.compressedSize > 0 && h.compressed {
		if h.compressedSize > p.stored {
			return fmt.Errorf("%s has %d bytes of compressed data, and CompressedDataSize is %d: the file was cut off, copy it again", p.path, p.stored, h.compressedSize)
		}
		p.stored = h.compressedSize
	}
	var reason string
	switch {
	case h.compressed && need/maxInflation > p.stored:
		reason = "cannot decompress to them"
	case h.ascii && int64(p.voxels) > (p.stored+1)/2:
		reason = "cannot hold so many numbers"
	case !h.compressed && !h.ascii && p.stored != need:
		reason = fmt.Sprintf("are %d too few", need-p.stored)
		if p.stored > need {
			reason = fmt.Sprintf("are %d too many", p.stored-need)
		}
	default:
		return nil
	}
	skipped := ""
	if p.offset > 0 {
		skipped = fmt.Sprintf(" after the first %d", p.offset)
	}
	return fmt.Errorf("DimSize and ElementType ask for %d voxels of %v, %d bytes, and the %d bytes in %s%s %s: copy the file again, or correct the header",
		p.voxels, h.kind, need, p.stored, p.path, skipped, reason)
}

// readPiece appends the voxels of one file.
func (h *metaHeader) readPiece(c *collector, p metaPiece) error {
	file, _, err := openRegular(p.path)
	if err != nil {
		return err
	}
	defer file.Close()
	stored := bufio.NewReaderSize(io.NewSectionReader(file, p.offset, p.stored), 1<<16)
	if h.ascii {
		return readNumbers(c, stored, p.voxels)
	}
	if !h.compressed {
		return c.read(stored, p.voxels)
	}
	stream, err := inflate(stored)
	if err != nil {
		return err
	}
	if err := c.read(stream, p.voxels); err != nil {
		return err
	}
	return finish(stream, stored)
}

// readNumbers appends count voxels written as text (BinaryData = False), separated by blanks or commas.
func readNumbers(c *collector, r io.Reader, count int) error {
	words := bufio.NewScanner(r)
	words.Split(scanNumbers)
	n := 0
	for ; words.Scan(); n++ {
		value, err := strconv.ParseFloat(words.Text(), 64)
		if err != nil {
			return fmt.Errorf("number %d of the text is %.40q: it must be a number", n+1, words.Text())
		}
		if c.kind.integer() {
			if least, above := c.kind.limits(); value != math.Trunc(value) || !(value >= least && value < above) {
				return fmt.Errorf("number %d of the text, %v, is no %v: correct ElementType", n+1, value, c.kind)
			}
		}
		if n == count {
			return fmt.Errorf("the text holds more than the %d numbers of DimSize: correct the header", count)
		}
		if err := c.add(value); err != nil {
			return err
		}
	}
	if err := words.Err(); err != nil {
		return fmt.Errorf("reading number %d of the text: %w", n+1, err)
	}
	if n < count {
		return fmt.Errorf("the text holds %d numbers, and DimSize needs %d: the file was cut off, copy it again", n, count)
	}
	return nil
}

// scanNumbers is bufio.ScanWords with the comma as a further separator.
func scanNumbers(data []byte, atEOF bool) (advance int, token []byte, err error) {
	isSeparator := func(b byte) bool { return b <= ' ' || b == ',' }
	start := 0
	for start < len(data) && isSeparator(data[start]) {
		start++
	}
	for end := start; end < len(data); end++ {
		if isSeparator(data[end]) {
			return end + 1, data[start:end], nil
		}
	}
	if atEOF && len(data) > start {
		return len(data), data[start:], nil
	}
	return start, nil, nil
}
