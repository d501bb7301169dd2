#!/bin/bash
echo later
