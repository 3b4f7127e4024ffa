package history

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// maxPage bounds a page once it is decompressed, in bytes. Write's have at most
// rowGroup numbers of about 10 bytes.
const maxPage = 8 << 20

// checkPages compares what the head of each page says of its size with what there can
// be. The library believes it, and one wrong bit there would ask for gigabytes; the
// checksums of pages leave their heads out.
func checkPages(r io.ReaderAt, file *parquet.File) error {
	for _, group := range file.Metadata().RowGroups {
		for i := range group.Columns {
			if err := checkColumn(r, file.Size(), group.NumRows, &group.Columns[i].MetaData); err != nil {
				return fmt.Errorf("file is damaged: %w", err)
			}
		}
	}
	return nil
}

func checkColumn(r io.ReaderAt, size, rows int64, c *format.ColumnMetaData) error {
	start := c.DataPageOffset
	if d := c.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	if start < 0 || c.TotalCompressedSize < 0 || c.TotalCompressedSize > size-start {
		return errors.New("a column lies outside of it")
	}
	section := io.NewSectionReader(r, start, c.TotalCompressedSize)
	in := bufio.NewReader(section)
	heads := thrift.NewDecoder(bounded{new(thrift.CompactProtocol).NewReader(in), c.TotalCompressedSize})
	for {
		if _, err := in.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		var head format.PageHeader
		if err := heads.Decode(&head); err != nil {
			return fmt.Errorf("head of a page: %w", err)
		}
		if head.CompressedPageSize < 0 || int64(head.CompressedPageSize) > c.TotalCompressedSize || head.UncompressedPageSize > maxPage {
			return errors.New("a page is larger than any can be")
		}
		if n := head.DataPageHeader.V.NumValues; int64(max(n, head.DataPageHeaderV2.V.NumValues)) > rows {
			return errors.New("a page holds more values than there are rows")
		}
		if _, err := in.Discard(int(head.CompressedPageSize)); err != nil {
			return fmt.Errorf("a page is cut off: %w", err)
		}
	}
}

// bounded reads texts of no more bytes than the column has: the library would make room
// for as many as a damaged length says before it reads the first.
type bounded struct {
	reader
	most int64
}

// reader gives the embedded thrift.Reader another name than its method Reader has.
type reader = thrift.Reader

// ReadBytes implements thrift.Reader.
func (b bounded) ReadBytes() ([]byte, error) {
	n, err := b.ReadLength()
	if err != nil {
		return nil, err
	}
	if int64(n) > b.most {
		return nil, errors.New("a text is longer than its column")
	}
	text := make([]byte, n)
	_, err = io.ReadFull(b.Reader(), text)
	return text, err
}

// ReadString implements thrift.Reader.
func (b bounded) ReadString() (string, error) {
	text, err := b.ReadBytes()
	return string(text), err
}
