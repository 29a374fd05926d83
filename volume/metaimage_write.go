package volume

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vnlang/vn/internal/atomicfile"
)

// writeMHD writes the voxels to a file of their own and then the header that names it.
func writeMHD(path string, v *Volume, compress bool) error {
	extension := ".raw"
	if compress {
		extension = ".zraw"
	}
	data := voxelFile(path, extension)
	stored := int64(0)
	err := atomicfile.Write(data, func(w io.Writer) (err error) {
		stored, err = writeMetaVoxels(w, v, compress)
		return err
	})
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		return writeMetaHeader(w, v, compress, stored, filepath.Base(data))
	})
}

// voxelFile is the file that the voxels of the .mhd at path are written to.
func voxelFile(path, extension string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + extension
}

// writeMHA writes header and voxels to one file. The header has to say how long compressed voxels are, so these wait
// in memory.
func writeMHA(path string, v *Volume, compress bool) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if !compress {
			if err := writeMetaHeader(w, v, false, 0, "LOCAL"); err != nil {
				return err
			}
			return v.writeVoxels(w)
		}
		var data bytes.Buffer
		stored, err := writeMetaVoxels(&data, v, true)
		if err != nil {
			return err
		}
		if err := writeMetaHeader(w, v, true, stored, "LOCAL"); err != nil {
			return err
		}
		_, err = data.WriteTo(w)
		return err
	})
}

// writeMetaVoxels writes the voxels and returns the number of bytes they became.
func writeMetaVoxels(w io.Writer, v *Volume, compress bool) (stored int64, err error) {
	counted := &countingWriter{w: w}
	if !compress {
		err := v.writeVoxels(counted)
		return counted.n, err
	}
	z := zlib.NewWriter(counted)
	if err := v.writeVoxels(z); err != nil {
		return 0, err
	}
	err = z.Close()
	return counted.n, err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

var metaTypeNames = [...]string{
	Uint8: "MET_UCHAR", Int8: "MET_CHAR", Uint16: "MET_USHORT", Int16: "MET_SHORT", Uint32: "MET_UINT", Int32: "MET_INT",
	Uint64: "MET_ULONG_LONG", Int64: "MET_LONG_LONG", Float32: "MET_FLOAT", Float64: "MET_DOUBLE",
}

// writeMetaHeader writes the header in the order of ITK's own. Numbers have as many digits as it takes to read them
// back exactly.
func writeMetaHeader(w io.Writer, v *Volume, compressed bool, stored int64, dataFile string) error {
	var axes []float64 // one axis after another: the transpose of Direction by rows
	for axis := range 3 {
		for row := range 3 {
			axes = append(axes, v.Direction[row][axis])
		}
	}
	var header strings.Builder
	header.WriteString("ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n")
	if compressed {
		fmt.Fprintf(&header, "CompressedData = True\nCompressedDataSize = %d\n", stored)
	} else {
		header.WriteString("CompressedData = False\n")
	}
	fmt.Fprintf(&header, "TransformMatrix = %s\n", joinNumbers(axes))
	fmt.Fprintf(&header, "Offset = %s\n", joinNumbers(v.Origin[:]))
	header.WriteString("CenterOfRotation = 0 0 0\n")
	fmt.Fprintf(&header, "ElementSpacing = %s\n", joinNumbers(v.Spacing[:]))
	fmt.Fprintf(&header, "DimSize = %d %d %d\n", v.Size[0], v.Size[1], v.Size[2])
	fmt.Fprintf(&header, "ElementType = %s\nElementDataFile = %s\n", metaTypeNames[v.Type], dataFile)
	_, err := io.WriteString(w, header.String())
	return err
}

func joinNumbers(numbers []float64) string {
	var words []string
	for _, number := range numbers {
		words = append(words, strconv.FormatFloat(number, 'g', -1, 64))
	}
	return strings.Join(words, " ")
}
