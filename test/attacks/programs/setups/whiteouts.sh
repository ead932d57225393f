# Names by which layers of images say that a file of the layer below is gone.
touch /.wh.sandbox-init /.wh.workspace /.wh.tmp /opt/.wh..wh..opq
mkdir -p /.wh..wh.plnk
