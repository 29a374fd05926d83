package volume

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxMetaHeader bounds, in bytes, the text before the voxels, with the names after LIST.
const maxMetaHeader = 1 << 22

// maxMetaDims is the most axes that MetaImage knows.
const maxMetaDims = 10

// metaHeader is what a MetaImage header says, as MetaIO (metaObject.cxx, metaImage.cxx) understands it.
type metaHeader struct {
	Geometry
	kind           Type
	order          binary.ByteOrder
	ascii          bool
	compressed     bool
	compressedSize int64    // bytes; 0 where the header does not say
	skip           int64    // HeaderSize: bytes before the voxels in each data file; -1 where these end the file
	dims           []int    // DimSize as written, with any axes beyond the third
	dataFile       string   // ElementDataFile
	list           []string // the names that follow ElementDataFile = LIST
	end            int64    // bytes of the header, after which LOCAL voxels begin
}

// metaTypes are the voxel types by their names in ElementType. A long has 4 bytes in MetaIO.
var metaTypes = map[string]Type{
	"MET_CHAR": Int8, "MET_ASCII_CHAR": Int8, "MET_UCHAR": Uint8, "MET_SHORT": Int16, "MET_USHORT": Uint16,
	"MET_INT": Int32, "MET_UINT": Uint32, "MET_LONG": Int32, "MET_ULONG": Uint32,
	"MET_LONG_LONG": Int64, "MET_ULONG_LONG": Uint64, "MET_FLOAT": Float32, "MET_DOUBLE": Float64,
}

// parseMetaHeader reads a header up to its ElementDataFile line, which ends it, and the list of files if one follows.
func parseMetaHeader(r io.Reader) (*metaHeader, error) {
	lines := bufio.NewReader(io.LimitReader(r, maxMetaHeader))
	fields := metaFields{}
	h := &metaHeader{}
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		h.end += int64(len(line))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err != nil && line == "" {
			return nil, errors.New("there is no ElementDataFile line, which ends every MetaImage header: the file was cut off, or is no MetaImage")
		}
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			return nil, fmt.Errorf("line %d, %.40q, is not of the form key = value: the file is damaged, or no MetaImage", number, line)
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		fields[key] = value
		if key == "ElementDataFile" {
			break
		}
	}
	if err := h.interpret(fields); err != nil {
		return nil, err
	}
	if words := strings.Fields(h.dataFile); words[0] == "LIST" {
		return h, h.readList(lines)
	}
	return h, nil
}

// readList reads the names of data files, one a line, as many as the image needs.
func (h *metaHeader) readList(lines *bufio.Reader) error {
	files, _, err := h.split()
	if err != nil {
		return err
	}
	for len(h.list) < files {
		line, err := lines.ReadString('\n')
		if name := strings.TrimSpace(line); name != "" {
			h.list = append(h.list, name)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if len(h.list) < files {
		return fmt.Errorf("ElementDataFile = %s is followed by %d names, and DimSize needs %d: add the missing ones", h.dataFile, len(h.list), files)
	}
	return nil
}

// interpret fills the header from its fields. Keys it does not know are ignored, as they are by every reader.
func (h *metaHeader) interpret(fields metaFields) error {
	if kind, ok := fields["ObjectType"]; ok && kind != "Image" {
		return fmt.Errorf("ObjectType is %.40q: only Image holds voxels", kind)
	}
	if err := h.interpretSize(fields); err != nil {
		return err
	}
	if err := h.interpretElement(fields); err != nil {
		return err
	}
	if err := h.interpretGeometry(fields); err != nil {
		return err
	}
	if h.dataFile = fields["ElementDataFile"]; h.dataFile == "" {
		return errors.New("ElementDataFile is empty: it must name the file of the voxels, or be LOCAL")
	}
	return nil
}

// interpretSize reads NDims and DimSize. Two axes make a volume of one slice; axes beyond the third must have size 1.
func (h *metaHeader) interpretSize(fields metaFields) error {
	if err := fields.require("NDims", "DimSize", "ElementType"); err != nil {
		return err
	}
	n, err := fields.integer("NDims", 0)
	if err != nil {
		return err
	}
	if n < 2 || n > maxMetaDims {
		return fmt.Errorf("NDims is %d: Vn reads images of 3 axes, of 2 as one slice, and of more where the others have size 1", n)
	}
	words := strings.Fields(fields["DimSize"])
	if len(words) != int(n) {
		return fmt.Errorf("DimSize has %d numbers, and NDims is %d: write one size for each axis", len(words), n)
	}
	h.Size = [3]int{1, 1, 1}
	for axis, word := range words {
		size, err := strconv.Atoi(word)
		if err != nil || size < 1 {
			return fmt.Errorf("DimSize = %.80s: %.40q is no number of voxels", fields["DimSize"], word)
		}
		if axis >= 3 && size != 1 {
			return fmt.Errorf("DimSize = %.80s: Vn reads volumes of three axes; split the image along axis %d", fields["DimSize"], axis+1)
		}
		if axis < 3 {
			h.Size[axis] = size
		}
		h.dims = append(h.dims, size)
	}
	return nil
}

// interpretElement reads how a voxel is stored.
func (h *metaHeader) interpretElement(fields metaFields) error {
	// MetaIO writes vectors as arrays; an array of one is a scalar.
	kind, ok := metaTypes[strings.TrimSuffix(fields["ElementType"], "_ARRAY")]
	if !ok {
		return fmt.Errorf("ElementType is %.40q: Vn reads MET_CHAR to MET_ULONG_LONG, MET_FLOAT and MET_DOUBLE", fields["ElementType"])
	}
	h.kind = kind
	channels, err := fields.integer("ElementNumberOfChannels", 1)
	if err != nil {
		return err
	}
	if channels != 1 {
		return fmt.Errorf("ElementNumberOfChannels is %d: Vn reads scalar images; write each channel to a file of its own", channels)
	}
	if h.skip, err = fields.integer("HeaderSize", 0); err != nil {
		return err
	}
	if h.compressedSize, err = fields.integer("CompressedDataSize", 0); err != nil {
		return err
	}
	if h.skip < -1 || h.compressedSize < 0 {
		return fmt.Errorf("HeaderSize = %d, CompressedDataSize = %d: a size cannot be negative (HeaderSize -1 means that the voxels end the file)", h.skip, h.compressedSize)
	}
	h.order = binary.LittleEndian
	if msb, ok := fields.flag("BinaryDataByteOrderMSB", "ElementByteOrderMSB"); ok && msb {
		h.order = binary.BigEndian
	}
	isBinary, said := fields.flag("BinaryData")
	h.ascii = said && !isBinary
	h.compressed, _ = fields.flag("CompressedData")
	h.compressed = h.compressed && !h.ascii
	if h.skip == -1 && (h.compressed || h.ascii) {
		return errors.New("HeaderSize is -1, which finds voxels by their size, but compressed and text voxels have no fixed size: write the number of bytes to skip")
	}
	return nil
}

// interpretGeometry reads spacing, origin and direction. A negative spacing means an axis that runs the other way.
// Where a header has several names of one thing, the one that MetaIO reads last wins; ElementOrigin and
// ElementDirection, of format version 1, stand in where the others are absent. DistanceUnits are honoured, which ITK
// does not do.
func (h *metaHeader) interpretGeometry(fields metaFields) error {
	n := len(h.dims)
	scale := 1.0
	switch fields["DistanceUnits"] {
	case "um":
		scale = 1e-3
	case "cm":
		scale = 10
	}
	spacing, err := fields.numbers(n, "ElementSpacing", "ElementSize")
	if err != nil {
		return err
	}
	origin, err := fields.numbers(n, "ImagePosition", "Origin", "Offset", "Position", "ElementOrigin")
	if err != nil {
		return err
	}
	matrix, err := fields.numbers(n*n, "TransformMatrix", "Rotation", "Orientation", "ElementDirection")
	if err != nil {
		return err
	}
	for axis := range 3 {
		h.Spacing[axis], h.Direction[axis][axis] = 1, 1
		if axis >= n {
			continue
		}
		if origin != nil {
			h.Origin[axis] = scale * origin[axis]
		}
		sign := 1.0
		if spacing != nil {
			h.Spacing[axis] = scale * math.Abs(spacing[axis])
			sign = math.Copysign(1, spacing[axis])
		}
		for row := range min(n, 3) {
			// The file holds one axis after another: its rows are the direction's columns.
			if matrix != nil {
				h.Direction[row][axis] = matrix[axis*n+row]
			}
			if sign < 0 {
				h.Direction[row][axis] = -h.Direction[row][axis]
			}
		}
	}
	return h.Validate()
}
