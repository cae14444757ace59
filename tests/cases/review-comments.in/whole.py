#!/usr/bin/env python3
# -*- coding: utf-8 -*-
# Copyright of somebody.
#
# kbc: ignore[OPEN1] generated

A = open("a")
B = load("b")
