// Package sdk sets the metadata of the run's response: any JSON value of at most 64 KiB.
package sdk

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

func metadataFile() (string, error) {
	path := os.Getenv("CODE_RUNNER_METADATA")
	if path == "" {
		return "", errors.New("sdk: CODE_RUNNER_METADATA is not set, so there is nowhere to keep metadata")
	}
	return path, nil
}

// SetMetadata sets the metadata of the response, replacing earlier metadata. data is anything that encoding/json can marshal.
func SetMetadata(data any) error {
	path, err := metadataFile()
	if err != nil {
		return err
	}
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// GetMetadata returns the metadata as encoding/json decodes it, or nil if none has been set.
func GetMetadata() (any, error) {
	path, err := metadataFile()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var data any
	err = json.Unmarshal(text, &data)
	return data, err
}
