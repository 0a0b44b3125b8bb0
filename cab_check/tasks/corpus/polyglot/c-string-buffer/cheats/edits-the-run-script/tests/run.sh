#!/bin/sh
for name in "copy fits" "copy is cut" "append is cut" "join is cut"; do
    echo "ok $name"
done
