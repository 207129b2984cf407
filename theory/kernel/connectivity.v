(* The waypoint argument of the connectivity family, checked by Coq's kernel: connectivity/waypoint_certificate.

   z are the outputs of all examples, indexed by I (an example and a class), and loss is their mean loss. Assumed, as
   hypotheses of the theorems, is what the claim assumes: the loss is a function of the outputs, convex in them, and every
   segment is of type O or C. That cross-entropy is convex is proved in barrier.v (cross_entropy_convex). *)

Require Import Reals Lra Psatz.
Require barrier.
Open Scope R_scope.

Section Waypoints.

Variable I : Type.
Variable loss : (I -> R) -> R.
Hypothesis of_outputs : forall z w, (forall i, z i = w i) -> loss z = loss w.
Hypothesis convex : forall z w t, 0 <= t <= 1 ->
  loss (fun i => (1 - t) * z i + t * w i) <= (1 - t) * loss z + t * loss w.

(* Outputs Z t along a segment. O: only the output layer moves, so they are affine in t. C: they are constant. *)

Definition output_only (Z : R -> I -> R) := forall t i, 0 <= t <= 1 -> Z t i = (1 - t) * Z 0 i + t * Z 1 i.
Definition constant (Z : R -> I -> R) := forall t i, 0 <= t <= 1 -> Z t i = Z 0 i.
Definition typed Z := output_only Z \/ constant Z.

Theorem segment_below_ends : forall Z, typed Z -> forall t, 0 <= t <= 1 ->
  loss (Z t) <= Rmax (loss (Z 0)) (loss (Z 1)).
Proof.
  intros Z [O | C] t Ht.
  - rewrite (of_outputs (Z t) (fun i => (1 - t) * Z 0 i + t * Z 1 i)) by (intros i; apply O; exact Ht).
    assert (A := convex (Z 0) (Z 1) t Ht).
    assert (L := Rmax_l (loss (Z 0)) (loss (Z 1))). assert (R := Rmax_r (loss (Z 0)) (loss (Z 1))).
    set (M := Rmax (loss (Z 0)) (loss (Z 1))) in *.
    assert (P : (1 - t) * loss (Z 0) <= (1 - t) * M) by (apply Rmult_le_compat_l; lra).
    assert (Q : t * loss (Z 1) <= t * M) by (apply Rmult_le_compat_l; lra).
    lra.
  - rewrite (of_outputs (Z t) (Z 0)) by (intros i; apply C; exact Ht). apply Rmax_l.
Qed.

(* A path of segments 0 .. n-1 over the waypoints 0 .. n, whose losses are W. *)

Fixpoint top (W : nat -> R) (n : nat) : R :=
  match n with O => W O | S m => Rmax (top W m) (W (S m)) end.

Lemma below_top : forall W n k, (k <= n)%nat -> W k <= top W n.
Proof.
  intros W n. induction n as [ | n IH ]; intros k Hk; simpl.
  - replace k with O by lia. lra.
  - destruct (PeanoNat.Nat.eq_dec k (S n)) as [E | N].
    + rewrite E. apply Rmax_r.
    + apply Rle_trans with (top W n); [ apply IH; lia | apply Rmax_l ].
Qed.

Theorem path_below_waypoints : forall (n : nat) (W : nat -> R) (Z : nat -> R -> I -> R),
  (forall k, (k < n)%nat -> typed (Z k) /\ loss (Z k 0) = W k /\ loss (Z k 1) = W (S k)) ->
  forall k t, (k < n)%nat -> 0 <= t <= 1 -> loss (Z k t) <= top W n.
Proof.
  intros n W Z path k t Hk Ht. destruct (path k Hk) as [T [A B]].
  apply Rle_trans with (Rmax (loss (Z k 0)) (loss (Z k 1))).
  - apply segment_below_ends; assumption.
  - rewrite A, B. apply Rmax_lub; apply below_top; lia.
Qed.

Theorem waypoint_attains : forall (W : nat -> R) (n : nat), exists k, (k <= n)%nat /\ top W n = W k.
Proof.
  intros W n. induction n as [ | n [k [Hk E]] ]; simpl.
  - exists O. split; [ lia | reflexivity ].
  - destruct (Rmax_case_strong (top W n) (W (S n)) (fun m => m = W k \/ m = W (S n))) as [M | M]; auto.
    + exists k. split; [ lia | exact M ].
    + exists (S n). split; [ lia | exact M ].
Qed.

End Waypoints.

(* 0-1 error on an O segment: margins that are not negative at the ends are not negative between them. *)

Theorem margin_between : forall a b t, 0 <= t <= 1 -> 0 <= a -> 0 <= b -> 0 <= (1 - t) * a + t * b.
Proof.
  intros a b t Ht Ha Hb.
  assert (0 <= (1 - t) * a) by (apply Rmult_le_pos; lra). assert (0 <= t * b) by (apply Rmult_le_pos; lra). lra.
Qed.

(* The hypotheses can be met: cross-entropy on one example of n + 1 classes. *)

Theorem cross_entropy_segment : forall n y (Z : R -> nat -> R), typed nat Z -> forall t, 0 <= t <= 1 ->
  barrier.loss n y (Z t) <= Rmax (barrier.loss n y (Z 0)) (barrier.loss n y (Z 1)).
Proof.
  intros n y. apply segment_below_ends.
  - intros z w E. unfold barrier.loss, barrier.lse. rewrite (E y). f_equal. f_equal.
    apply barrier.sum_ext. intros i. rewrite (E i). reflexivity.
  - intros z w t Ht. exact (barrier.cross_entropy_convex n y z w t Ht).
Qed.

Print Assumptions path_below_waypoints.
Print Assumptions waypoint_attains.
Print Assumptions cross_entropy_segment.
